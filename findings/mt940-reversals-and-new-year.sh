#!/usr/bin/env bash
# MT940: a reversed credit comes out as money received, or an entry of 2 January is a year early.
# Standard: SWIFT MT940, field 61: subfield 3 is D, C, RC (reversal of credit, a debit entry) or RD (reversal of debit, a
# credit entry); subfield 2, the entry date, has month and day only and stands near the value date. The closing balance
# (62F) is the opening balance (60F) with the entries: 1000 + 100 - 200.50 + 300 - 400 = 799.50.
# For a node: payments against invoices cannot be counted by the sign that a library gives. Add up the entries and compare
# with 62F before anything is shared, and take the year of the entry date that lies nearest to the value date.
. "$(dirname "$0")/_room.sh"
guess "both read +100, -200.50, +300, -400, and the entry date 0102 beside the value date 251231 as 2026-01-02"
found "mt-940 gives +200.5 for the reversed credit, and its entries miss the closing balance by 401; mt940js gives 2025-01-02"
python_with mt-940==5.1.1
node_with mt940js@1.3.5
cat >"$room/statement" <<'STA'
:20:STATEMENT
:25:12345/678
:28C:1/1
:60F:C251231EUR1000,
:61:2512310102C100,NTRFREF1//B1
:86:a credit
:61:2512310102RC200,5NTRFREF2//B2
:86:a credit taken back
:61:2512310102RD300,NTRFREF3//B3
:86:a debit taken back
:61:2601011231D400,NTRFREF4//B4
:86:a debit
:62F:C260102EUR799,5
STA
python_sees <<'PY'
import mt940
found = mt940.parse(open("statement").read())
for entry in found:
    print("mt-940 ", entry.data["status"], entry.data["amount"].amount, entry.data["date"], entry.data["entry_date"])
total = found.data["final_opening_balance"].amount.amount + sum(entry.data["amount"].amount for entry in found)
print("mt-940  balance", total, "stated", found.data["final_closing_balance"].amount.amount)
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import mt940 from 'mt940js'
const [statement] = new mt940.Parser().parse(readFileSync('statement', 'utf8'))
for (const t of statement.transactions)
  console.log('mt940js', t.isReversal, t.amount, t.date.toISOString().slice(0, 10), t.entryDate.toISOString().slice(0, 10))
JS
unchanged <<'END'
mt-940  C 100 2025-12-31 2026-01-02
mt-940  RC 200.5 2025-12-31 2026-01-02
mt-940  RD 300 2025-12-31 2026-01-02
mt-940  D -400 2026-01-01 2025-12-31
mt-940  balance 1200.5 stated 799.5
mt940js false 100 2025-12-31 2025-01-02
mt940js true -200.5 2025-12-31 2025-01-02
mt940js true 300 2025-12-31 2025-01-02
mt940js false -400 2026-01-01 2026-12-31
END
