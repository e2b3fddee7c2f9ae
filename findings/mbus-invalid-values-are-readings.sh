#!/usr/bin/env bash
# M-Bus: a meter's "invalid" is minus two million cubic metres, 111 or 1221 degrees, the month 15 or March 2128.
# Standard: EN 13757-3, Annex A: type B (of an integer, 80..00h says invalid), type A (BCD, in which A to E are no digits,
# and tell an error), type G (FFFFh, with month 15 and year 127, is no day), type F (a bit says that the time is invalid).
# For a node: water, heat and gas meters report a broken sensor or a clock that was never set in this way; such readings
# enter bills, sums and training data as numbers, other numbers by the library. Look at the raw octets of a record before
# its value is taken, and keep a range for each kind of meter.
. "$(dirname "$0")/_room.sh"
guess "pyMeterBus and jMBus give no value, or say invalid or error, for the four, and the two good records alike"
found "both give a number or a time for each, without a mark, and another one each for the day and the error digits"
python_with pymeterbus==0.8.5
java_with org.openmuc:jmbus:3.3.0
cat >"$room/records.txt" <<'TEXT'
0C1378563412 volume, BCD
046D1E0C9E3B time
041300000080 volume, invalid integer
0A5AAABB temperature, BCD with error digits
426CFFFF day, FFFFh
046D9E0C9E3B time, invalid
TEXT
python_sees <<'PY'
import json
import meterbus
for line in open("records.txt").read().splitlines():
    octets, told = line.split(" ", 1)
    data = bytes.fromhex("080172" "785634124D6A010755000000" + octets)
    frame = bytes([0x68, len(data), len(data), 0x68]) + data + bytes([sum(data) & 255, 0x16])
    record = json.loads(meterbus.load(frame).records[0].to_JSON())
    print("pyMeterBus", told, "|", record["value"], record["unit"])
PY
TZ=UTC java_sees <<'JAVA'
import java.nio.file.*;
import java.util.*;
import org.openmuc.jmbus.*;
class Finding {
  public static void main(String[] args) throws Exception {
    var decode = DataRecord.class.getDeclaredMethod("decode", byte[].class, int.class);
    decode.setAccessible(true);
    for (var line : Files.readAllLines(Path.of("records.txt"))) {
      var parts = line.split(" ", 2);
      var record = new DataRecord();
      decode.invoke(record, HexFormat.of().parseHex(parts[0]), 0);
      var value = record.getDataValue() instanceof Date moment ? moment.toInstant().truncatedTo(java.time.temporal.ChronoUnit.MINUTES) : record.getScaledDataValue();
      System.out.println("jMBus " + parts[1] + " | " + value + " " + record.getUnit());
    }
  }
}
JAVA
unchanged <<'END'
pyMeterBus volume, BCD | 12345.678 MeasureUnit.M3
pyMeterBus time | 2028-11-30T12:30 MeasureUnit.DATE_TIME
pyMeterBus volume, invalid integer | -2147483.648 MeasureUnit.M3
pyMeterBus temperature, BCD with error digits | 111 MeasureUnit.C
pyMeterBus day, FFFFh | 2027-15-31 MeasureUnit.DATE
pyMeterBus time, invalid | 2028-11-30T12:30 MeasureUnit.DATE_TIME
jMBus volume, BCD | 12345.678 CUBIC_METRE
jMBus time | 2028-11-30T12:30:00Z null
jMBus volume, invalid integer | -2147483.648 CUBIC_METRE
jMBus temperature, BCD with error digits | 1221.0 DEGREE_CELSIUS
jMBus day, FFFFh | 2128-03-31T00:00:00Z null
jMBus time, invalid | 2028-11-30T12:30:00Z null
END
