#!/usr/bin/env bash
# ISO 20022 in Java: an instant without a zone gets the zone of the machine that reads it; a date loses the zone it had.
# Standard: ISO 20022 data types ISODateTime (local time, local time with offset, or UTC: three forms) and ISODate
# (xs:date, which may have a zone, XML Schema 1.1 part 2, 3.3.9).
# For a node: the same payment or status report is made at two instants, hours apart, at two partners, and what is
# written back says an offset that the sender never wrote; a signature over it no longer fits. Keep the text, refuse
# or ask where the zone is missing.
. "$(dirname "$0")/_room.sh"
guess "10:00:00 without a zone stays without one (as the time of day it is), and 2026-01-02+07:00 keeps its zone"
found "in UTC it is 10:00Z, in Viet Nam 10:00+07:00, in what is read and in what is written; the date's zone is gone"
java_with com.prowidesoftware:pw-iso20022:SRU2025-10.3.5
cat >"$room/payment.xml" <<'XML'
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-01-01T10:00:00</CreDtTm><NbOfTxs>1</NbOfTxs>
<InitgPty><Nm>Example</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-01-02+07:00</Dt></ReqdExctnDt>
<Dbtr><Nm>Example</Nm></Dbtr><DbtrAcct><Id><Othr><Id>1</Id></Othr></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>AAAAVNVX</BICFI></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId><Amt><InstdAmt Ccy="VND">10000</InstdAmt></Amt></CdtTrfTxInf>
</PmtInf></CstmrCdtTrfInitn></Document>
XML
for zone in UTC Asia/Ho_Chi_Minh; do
  java_sees "-Duser.timezone=$zone" <<'JAVA'
import com.prowidesoftware.swift.model.mx.MxPain00100109;
import java.nio.file.*;

public class Finding {
  public static void main(String[] arguments) throws Exception {
    var payment = MxPain00100109.parse(Files.readString(Path.of("payment.xml")));
    String text = payment.message().replaceAll("<(/?)\\w+:", "<$1");
    System.out.println(System.getProperty("user.timezone") + " reads "
        + payment.getCstmrCdtTrfInitn().getGrpHdr().getCreDtTm() + " and writes "
        + text.split("<CreDtTm>|</CreDtTm>")[1] + ", " + text.split("<Dt>|</Dt>")[1]);
  }
}
JAVA
done
unchanged <<'END'
UTC reads 2026-01-01T10:00Z and writes 2026-01-01T10:00:00+00:00, 2026-01-02
Asia/Ho_Chi_Minh reads 2026-01-01T10:00+07:00 and writes 2026-01-01T10:00:00+07:00, 2026-01-02
END
