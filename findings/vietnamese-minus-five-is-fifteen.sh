#!/usr/bin/env bash
# Numbers in Vietnamese words: minus five is "fifteen", minus twenty "zero", 0.05 is 0.5, 1.5 "a hundred and five".
# Standard: Viet Nam, Decree 123/2020/ND-CP, article 10 (an invoice has its total in words) and 19 (what is taken off
# an earlier invoice stands with a minus sign); "âm" is minus, zeros after "phẩy" (comma) are read, 105 has "linh" or
# "lẻ".
# For a node: an invoice, a correction or a payment order carries an amount in words that is another amount, and where
# figures and words differ the words are believed. Compare the words of -5, 0.05, 1.5 and 105 before a library is
# trusted with them, and take no text from one for what is negative or has a fraction.
. "$(dirname "$0")/_room.sh"
guess "five libraries for Vietnamese give the words for -5, -20, 0.05, 1.5 and 105, or refuse a number"
found "none of five has all right: num2words has 15 and 0 for -5 and -20, two 0.5 for 0.05, one 105 for 1.5, one undefined"
export source_packages=docopt
python_with num2words==0.5.14 num2words2==1.0.20
node_with to-words@5.7.0 vn-num2words@1.0.4 number-to-text-vietnamese@1.1.7
python_sees <<'PY'
import num2words
import num2words2
for number in (-5, -20, 0.05, 1.5, 105):
    for library in (num2words, num2words2):
        print(number, library.__name__, library.num2words(number, lang="vi"), sep="; ")
PY
node_sees <<'JS'
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
const { toWords } = require('to-words')
const second = require('vn-num2words')
const { getText } = require('number-to-text-vietnamese')
for (const number of [-5, -20, 0.05, 1.5, 105]) {
  let told
  try { told = second(number) } catch (error) { told = error.name }
  console.log(`${number}; to-words; ${toWords(number, { localeCode: 'vi-VN' })}`)
  console.log(`${number}; vn-num2words; ${told}`)
  console.log(`${number}; number-to-text-vietnamese; ${getText(number).trim()}`)
}
JS
unchanged <<'END'
-5; num2words; mười lăm
-5; num2words2; âm năm
-20; num2words; không
-20; num2words2; âm hai mươi
0.05; num2words; không phẩy năm
0.05; num2words2; không phẩy năm
1.5; num2words; một phẩy năm mươi
1.5; num2words2; một phẩy năm mươi
105; num2words; một trăm lẻ năm
105; num2words2; một trăm lẻ năm
-5; to-words; Âm Năm
-5; vn-num2words; undefined mươi lăm
-5; number-to-text-vietnamese; âm năm
-20; to-words; Âm Hai Mươi
-20; vn-num2words; undefined trăm hai mươi
-20; number-to-text-vietnamese; âm hai mươi
0.05; to-words; Không Phẩy Không Năm
0.05; vn-num2words; RangeError
0.05; number-to-text-vietnamese; không nghìn
1.5; to-words; Một Phẩy Năm
1.5; vn-num2words; RangeError
1.5; number-to-text-vietnamese; một trăm linh năm
105; to-words; Một Trăm Năm
105; vn-num2words; một trăm linh năm
105; number-to-text-vietnamese; một trăm linh năm
END
