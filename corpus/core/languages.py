"""BCP 47 tags, old ISO 639 codes and English names → the ISO 639-3 codes that the corpus keeps."""

# ISO 639-1, 639-3, the bibliographic code of 639-2 where it differs, the English name
_TABLE = """
en eng - english;zh zho chi chinese;- cmn - mandarin;- yue - cantonese;de deu ger german;fr fra fre french
es spa - spanish;it ita - italian;pt por - portuguese;nl nld dut dutch;ja jpn - japanese;ko kor - korean
ru rus - russian;pl pol - polish;uk ukr - ukrainian;cs ces cze czech;sk slk slo slovak;sl slv - slovenian
hr hrv - croatian;sr srp - serbian;bs bos - bosnian;bg bul - bulgarian;mk mkd mac macedonian;ro ron rum romanian
hu hun - hungarian;fi fin - finnish;et est - estonian;lv lav - latvian;lt lit - lithuanian;sv swe - swedish
da dan - danish;no nor - norwegian;nb nob - bokmal;nn nno - nynorsk;is isl ice icelandic;el ell gre greek
tr tur - turkish;ar ara - arabic;he heb - hebrew;fa fas per persian;ur urd - urdu;hi hin - hindi;bn ben - bengali
pa pan - punjabi;gu guj - gujarati;mr mar - marathi;ta tam - tamil;te tel - telugu;kn kan - kannada
ml mal - malayalam;si sin - sinhala;ne nep - nepali;th tha - thai;vi vie - vietnamese;id ind - indonesian
ms msa may malay;tl tgl - tagalog;sw swa - swahili;am amh - amharic;zu zul - zulu;xh xho - xhosa;af afr - afrikaans
ca cat - catalan;eu eus baq basque;gl glg - galician;ga gle - irish;cy cym wel welsh;br bre - breton;eo epo - esperanto
la lat - latin;sq sqi alb albanian;hy hye arm armenian;ka kat geo georgian;az aze - azerbaijani;kk kaz - kazakh
uz uzb - uzbek;mn mon - mongolian;be bel - belarusian;yi yid - yiddish;lb ltz - luxembourgish;mt mlt - maltese
"""
_ROWS = [row.split() for line in _TABLE.split("\n") for row in line.split(";") if row]
_KNOWN = {word: row[1] for row in _ROWS for word in row if word != "-"} | {
    "cmn": "zho", "mandarin": "zho", "iw": "heb", "in": "ind",
}  # fmt: skip
_CANTONESE = {"zh-hk", "zh-mo", "zh-hant-hk", "zh-yue"}


def iso639_3(tag: str) -> str:
    """The language of a tag such as en-GB, ger or English; "und" where it says nothing we know."""
    tag = tag.strip().lower().replace("_", "-")
    if tag in _CANTONESE:
        return "yue"
    return _KNOWN.get(tag.split("-")[0].split(" ")[0], "und")
