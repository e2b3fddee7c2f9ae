#!/usr/bin/env bash
# VietQR: a payment code that is read and written again has one account instead of two, and no Vietnamese name.
# Standard: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1: templates 26 to 51 may each name an
# account of a payment network, template 64 is the merchant's name and city in another language, 80 to 99 are for others'
# use. NAPAS' VietQR is template 38 of it.
# For a node: a marketplace that only sets the amount in a shop's code sends a code with a right checksum from which the
# shop's other network and its name as the buyer reads it are gone. Change the one field in the text, and
# count the checksum again.
. "$(dirname "$0")/_room.sh"
guess "what is read as valid is written again as the same code, since nothing was changed"
found "valid: true; the wallet's account (26) and the name 'Quán ăn' (64) are not in what is written; a partner's template (80) is"
node_with vietnam-qr-pay@1.5.1 emvqr@0.0.5
node_sees <<'JS'
import { QRPay } from 'vietnam-qr-pay'
import emvqr from 'emvqr'
const field = (id, text) => id + String(text.length).padStart(2, '0') + text
const withChecksum = (text) => {
  let crc = 0xffff
  for (const byte of Buffer.from(text + '6304')) {
    crc ^= byte << 8
    for (let i = 0; i < 8; i++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return text + '6304' + crc.toString(16).toUpperCase().padStart(4, '0')
}
const account = field('00', 'A000000727') + field('01', field('00', '970436') + field('01', '0123456789')) + field('02', 'QRIBFTTA')
const before = [field('00', '01'), field('01', '11')]
const wallet = field('26', field('00', 'vn.example.wallet') + field('01', 'SHOP1'))
const rest = [field('38', account), field('52', '5812'), field('53', '704'), field('58', 'VN'), field('59', 'QUAN AN'), field('60', 'HA NOI')]
const name = field('64', field('00', 'vi') + field('01', 'Quán ăn') + field('02', 'Hà Nội'))
const partner = field('80', field('00', 'vn.example') + field('01', 'X1'))
for (const [what, code] of Object.entries({
  'one account       ': withChecksum([...before, ...rest].join('')),
  'and a wallet      ': withChecksum([...before, wallet, ...rest].join('')),
  'and a name        ': withChecksum([...before, ...rest, name].join('')),
  'and a partner     ': withChecksum([...before, ...rest, partner].join('')),
})) {
  const read = new QRPay(code)
  const written = read.build()
  console.log(what, 'valid', read.isValid, 'same', written === code, 'templates', Object.keys(emvqr.decode(written)).filter((id) => id >= '26' && id <= '51' || id >= '64').join(' '))
}
JS
unchanged <<'END'
one account        valid true same true templates 38
and a wallet       valid true same false templates 38
and a name         valid true same false templates 38
and a partner      valid true same true templates 38 80
END
