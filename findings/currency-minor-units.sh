#!/usr/bin/env bash
# Amounts: the digits after the point by babel (CLDR) and by ISO 4217 differ, also for currencies of the region.
# Standard: ISO 4217 minor units, which ISO 20022 (ActiveCurrencyAndAmount, fractionDigits by currency) and EMVCo QR
# (tag 54, "Transaction Amount") refer to; CLDR's digits say how an amount is usually shown.
# For a node: 10000.50 IDR written for a payment or an invoice by a display library is 10000, and the sum no longer fits. Take minor units from ISO 4217, and never format what is signed.
. "$(dirname "$0")/_room.sh"
guess "get_currency_precision(), documented as the decimal digits of the currency, is the ISO 4217 minor unit"
found "0 for IDR, COP and HUF, where ISO 4217 has 2: half a rupiah is cut without a word"
python_with babel==2.19.0 iso4217==1.16.20260101
python_sees <<'PY'
from decimal import Decimal
from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency
for code in ("IDR", "COP", "HUF", "VND", "KRW", "PEN"):
    print(code, "babel", get_currency_precision(code), "ISO 4217", Currency(code).exponent,
          "written", format_currency(Decimal("10000.50"), code, locale="en"))
PY
unchanged <<'END'
IDR babel 0 ISO 4217 2 written IDR10,000
COP babel 0 ISO 4217 2 written COP10,000
HUF babel 0 ISO 4217 2 written HUF10,000
VND babel 0 ISO 4217 0 written ₫10,000
KRW babel 0 ISO 4217 0 written ₩10,000
PEN babel 2 ISO 4217 2 written PEN10,000.50
END
