#!/usr/bin/env bash
# GML: a line of two points with heights is three places, one of them at 3 degrees north, and "1,2 3,4" begins with 1 alone.
# Standard: GML 3.2.1 (ISO 19136): srsName and srsDimension of a geometry hold for the positions inside it; GML 2 and 3.1:
# in coordinates a comma stands between the numbers of a position and a space between positions.
# For a node: a partner's layer of cables or flood walls is drawn across the sea, and a place cut out by its envelope is
# looked for at latitude 105. Give srsDimension on each posList, and check points against the bounds of the country.
. "$(dirname "$0")/_room.sh"
guess "pygml and GDAL (in pyogrio) give the same longitudes and latitudes for geometries of a national register"
found "pygml reads pairs where the line itself says three numbers, mixes up coordinates, and turns no envelope round"
python_with pygml==0.3.2 pyogrio==0.13.0 shapely==2.2.0 lxml==6.1.3
cat >"$room/geometries" <<'XML'
<gml:LineString gml:id="a" srsName="urn:ogc:def:crs:EPSG::4326"><gml:posList>21 105 22 106</gml:posList></gml:LineString>
<gml:LineString gml:id="a" srsName="urn:ogc:def:crs:EPSG::4979" srsDimension="3"><gml:posList>21 105 3 22 106 6</gml:posList></gml:LineString>
<gml:LineString gml:id="a"><gml:coordinates>105,21 106,22</gml:coordinates></gml:LineString>
<gml:Envelope srsName="urn:ogc:def:crs:EPSG::4326"><gml:lowerCorner>21 105</gml:lowerCorner><gml:upperCorner>22 106</gml:upperCorner></gml:Envelope>
XML
python_sees <<'PY'
import pygml
import pyogrio
import shapely
GML = "http://www.opengis.net/gml/3.2"
for text in open("geometries"):
    name = text[5:text.index(" ")] + (" by coordinates" if "coordinates" in text else " with heights" if "4979" in text else "")
    print(name, "pygml", pygml.parse(text.replace(" ", f' xmlns:gml="{GML}" ', 1)).__geo_interface__["coordinates"])
    if "Envelope" not in text:
        with open("a.gml", "w") as file:
            file.write(f'<f:C xmlns:f="urn:f" xmlns:gml="{GML}" gml:id="c"><gml:featureMember><f:R gml:id="r">'
                       f"<f:g>{text}</f:g></f:R></gml:featureMember></f:C>")
        (line,) = pyogrio.raw.read("a.gml", force_2d=True)[2]
        print(name, "GDAL", shapely.get_coordinates(shapely.from_wkb(line)).tolist())
PY
unchanged <<'END'
LineString pygml [(105.0, 21.0), (106.0, 22.0)]
LineString GDAL [[105.0, 21.0], [106.0, 22.0]]
LineString with heights pygml [(105.0, 21.0), (22.0, 3.0), (6.0, 106.0)]
LineString with heights GDAL [[105.0, 21.0], [106.0, 22.0]]
LineString by coordinates pygml [(105.0,), (21.0, 106.0), (22.0,)]
LineString by coordinates GDAL [[105.0, 21.0], [106.0, 22.0]]
Envelope pygml [[(21.0, 105.0), (21.0, 106.0), (22.0, 106.0), (22.0, 105.0), (21.0, 105.0)]]
END
