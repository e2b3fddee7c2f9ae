#!/usr/bin/env bash
# iso20022.js: a bank statement's reversals are none, its dong are a hundredfold, its numbers lose their leading zeros.
# Standard: ISO 20022 camt.053: RvslInd is a TrueFalseIndicator (true, false, 1, 0); Id of an account is text of up to 34
# characters, Ustrd text of up to 140; an amount has as many decimals as ISO 4217 gives its currency (VND 0, KWD 3).
# For a node: payments are matched by reference and amount, and a reversal taken for a new payment
# settles an invoice that is open again. What the library calls minor units is 100 times the dong, a tenth of the fils and no
# whole cents. Read amounts as decimals with their currency, and references as the text in the file.
. "$(dirname "$0")/_room.sh"
guess "amounts are whole minor units, as the library says; RvslInd true is reversal true; account and reference stay text"
found "1500000 VND are 150000000, 1.234 KWD 123.4, 1.15 USD 114.99999999999999; reversal false; 0071000123456 is 71000123456"
node_with iso20022.js@0.0.15
node_sees <<'JS'
import { CashManagementEndOfDayReport } from 'iso20022.js'
const entries = [['VND', '1500000', 'false', '007.10'], ['KWD', '1.234', 'false', '1E5'],
  ['USD', '1.15', 'true', 'INV 7'], ['USD', '2.00', '1', '00123']]
const body = entries.map(([currency, amount, reversal, text], number) => `<Ntry><NtryRef>${number}</NtryRef>
<Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>${reversal}</RvslInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-11-27</Dt></BookgDt><BkTxCd><Prtry><Cd>NTRF</Cd></Prtry></BkTxCd>
<NtryDtls><TxDtls><RmtInf><Ustrd>${text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`)
const report = CashManagementEndOfDayReport.fromXML(`<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-28T03:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>000123</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-28T03:00:00Z</CreDtTm>
<Acct><Id><Othr><Id>0071000123456</Id></Othr></Id><Svcr><FinInstnId><BIC>AAAAVNVX</BIC></FinInstnId></Svcr></Acct>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="VND">1500000</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-27</Dt></Dt></Bal>${body.join('')}</Stmt></BkToCstmrStmt></Document>`)
const [statement] = report.statements
console.log('statement', statement.id, 'account', statement.account.accountNumber)
statement.entries.forEach((entry, number) => console.log(...entries[number], 'is', entry.currency, entry.amount,
  'reversal', entry.reversal, JSON.stringify(entry.transactions[0].remittanceInformation)))
JS
unchanged <<'END'
statement 123 account 71000123456
VND 1500000 false 007.10 is VND 150000000 reversal false 7.1
KWD 1.234 false 1E5 is KWD 123.4 reversal false "1E5"
USD 1.15 true INV 7 is USD 114.99999999999999 reversal false "INV 7"
USD 2.00 1 00123 is USD 200 reversal false 123
END
