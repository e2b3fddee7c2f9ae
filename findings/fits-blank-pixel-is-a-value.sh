#!/usr/bin/env bash
# FITS: a pixel that is not known is a measurement in fitsio, flags are numbers, and a short list has zeros at its end.
# Standard: FITS 4.0, 4.4.2.5 (BLANK is the stored integer of an undefined pixel, before BZERO and BSCALE), 7.3.3
# (TFORM X is an array of bits, filled up to whole bytes) and 7.3.5 (P is an array with a length of its own in each
# row).
# For a node: satellite and telescope images come as scaled integers with BLANK for cloud or gap; through fitsio each
# gap is the same plausible value and enters means and training data. Compare the stored integer with BLANK before the
# scale is applied, and take the lengths of variable arrays from the file.
. "$(dirname "$0")/_room.sh"
guess "astropy and fitsio (on CFITSIO) give NaN for the blank pixel, three lists of their own length, and three truth values"
found "fitsio gives -39.5 for it, lists filled up with zeros, and bytes as numbers for the bits"
python_with astropy==8.0.2 fitsio==1.4.2 numpy==2.4.6
python_sees <<'PY'
import fitsio
import numpy
from astropy.io import fits
lists = numpy.array([numpy.array(one, dtype="i4") for one in ([1, 2], [], [3])], dtype=object)
table = fits.BinTableHDU.from_columns([fits.Column("LISTS", "PJ()", array=lists),
                                       fits.Column("FLAGS", "3X", array=numpy.array([[True, False, True]] * 3))])
image = fits.ImageHDU(numpy.array([[1, -99], [3, 4]], dtype="i2"))
image.header["BLANK"], image.header["BSCALE"], image.header["BZERO"] = -99, 0.5, 10.0
fits.HDUList([fits.PrimaryHDU(), image, table]).writeto("data.fits")
with fits.open("data.fits") as file:
    print("astropy image", file[1].data.tolist())
    print("astropy lists", [one.tolist() for one in file[2].data["LISTS"]])
    print("astropy flags", file[2].data["FLAGS"].tolist()[0])
with fitsio.FITS("data.fits") as file:
    print("fitsio image", file[1].read().tolist(), "with BLANK", file[1].read_header()["BLANK"])
    rows = file[2].read()
    print("fitsio lists", rows["LISTS"].tolist())
    print("fitsio flags are", type(rows["FLAGS"].tolist()[0][0]).__name__, "and the first is", rows["FLAGS"].tolist()[0][0])
PY
unchanged <<'END'
astropy image [[10.5, nan], [11.5, 12.0]]
astropy lists [[1, 2], [], [3]]
astropy flags [True, False, True]
fitsio image [[10.5, -39.5], [11.5, 12.0]] with BLANK -99
fitsio lists [[1, 2], [0, 0], [3, 0]]
fitsio flags are int and the first is -96
END
