import polars as pl
import pytest

from flows.sources.reference import load_reference
from transforms.importing.header_text import fold_headers
from transforms.importing.headers import HeaderKnowledge, fold_header


@pytest.mark.parametrize(
    ("header", "folded"),
    [
        ("E-mail 2 Address", "email 2 address"),
        ("EmailAddress", "email address"),
        ("HomeZIPCode", "home zip code"),
        ("primary_city", "primary city"),
        ("Phone1 - Value", "phone 1 value"),
        ("Assistant's Phone", "assistants phone"),
        ("Straße (geschäftlich)", "strasse geschaftlich"),
        ("İş Telefonu", "is telefonu"),
        ("Telefon№ 2", "telefon no 2"),
        ("Apt #", "apt number"),
        ("E-mail #2", "email 2"),
        ("प्रथम नाम", "प्रथम नाम"),
        ("Rue de l'adresse", "rue de adresse"),
        ("Numero dell’ufficio", "numero ufficio"),
        ("Driver's Licence", "drivers licence"),
        ("עִיר", "עיר"),
        ("  ", ""),
    ],
)
def test_headers_fold_to_words(header: str, folded: str) -> None:
    assert fold_header(header) == folded


@pytest.mark.parametrize(
    ("header", "attribute_type", "label", "number"),
    [
        ("E-mail 2 Address", "email", None, 2),
        ("Home Street 3", "address.name", "Home", 3),
        ("Business Postal Code", "address.postcode", "Business", None),
        ("Address 1 - Region", "address.state", None, 1),
        ("Home Fax", "phone_number", "Home Fax", None),
        ("Cell Phone 1", "phone_number", "Mobile", 1),
        ("Phone (mobile)", "phone_number", "Mobile", None),
        ("Birthday (MM/DD/YYYY)", "birthday", None, None),
        ("Contact: Job Title *", "job_title", None, None),
        ("Phone (2)", "phone_number", None, 2),
        ("EmailAddresses.0.Address", "email", None, 0),
        ("ADDR_POSTAL_CODE", "address.postcode", None, None),
        ("PRIMARY_NAME_LAST", "last_name", None, None),
        ("CUST_ADDR_CNTRY", "address.country", None, None),
        ("Hm Ph Nbr", "phone_number", "Home", None),
        ("address2_line1", "address.name", None, 2),
        ("MAILZIP", "address.postcode", "Mailing", None),
        ("Address 1 - Street 2", "address.name", None, 1),
        ("HM #", "phone_number", "Home", None),
        ("homeph", "phone_number", "Home", None),
        ("add_line1", "address.name", None, 1),
        ("Address Two", "address.name", None, None),
        ("Current Job Title", "job_title", None, None),
        ("Zip/City", "address.city", None, None),
        ("City and Zip Code", "address.city", None, None),
        ("Corporate Mail ID", "email", "Work", None),
        ("PhysicalCity", "address.city", "Main", None),
        ("Name_Full", "full_name", None, None),
    ],
)
def test_numbers_and_place_words_are_understood(
    knowledge: HeaderKnowledge, header: str, attribute_type: str, label: str | None, number: int | None
) -> None:
    guess = knowledge.guess(header)
    assert guess is not None
    assert (guess.attribute_type, guess.label, guess.number) == (attribute_type, label, number)


@pytest.mark.parametrize(
    ("lang", "header", "attribute_type", "label"),
    [
        ("de", "Straße geschäftlich 2", "address.name", "Business"),
        ("de", "Strasse geschaeftlich", "address.name", "Business"),
        ("de", "Privatadresse", "address", "Home"),
        ("fr", "Téléphone (domicile)", "phone_number", "Home"),
        ("fr", "Date de naissance du conjoint", "birthday", None),
        ("es", "Código postal del trabajo", "address.postcode", "Business"),
        ("pl", "Adres służbowy - miejscowość", "address.city", "Business"),
        ("ru", "Город    (другой адрес)", "address.city", "Other"),
        ("tr", "İş-Posta Kodu", "address.postcode", "Business"),
        ("ja", "郵便番号 (自宅)", "address.postcode", "Home"),
        ("ja", "会社 FAX", "phone_number", "Business Fax"),
        ("zh", "住宅电话 2", "phone_number", "Home"),
        ("ko", "우편 번호(집)", "address.postcode", "Home"),
        ("fi", "Työsähköposti", "email", "Business"),
        ("sv", "Telefon mobil", "phone_number", "Mobile"),
        ("he", "טלפון (עבודה)", "phone_number", "Business"),
        ("et", "Linn - Kodu", "address.city", "Home"),
        ("sr", "Адреса (посао)", "address", "Business"),
        ("ar", "رقم هاتف العمل", "phone_number", "Business"),
        ("es", "Ciudad de envío", "address.city", "Shipping"),
        ("cs", "Soukromé poznámky", "note", None),
    ],
)
def test_places_and_kinds_are_understood_in_many_languages(
    knowledge: HeaderKnowledge, lang: str, header: str, attribute_type: str, label: str | None
) -> None:
    guess = knowledge.guess(header, lang)
    assert guess is not None
    assert (guess.attribute_type, guess.label) == (attribute_type, label)


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        (["Vorname", "Nachname", "E-Mail", "Telefon", "PLZ", "Ort"], "de"),
        (["Nome", "Cognome", "Email", "Cellulare", "CAP", "Città"], "it"),
        (["姓名", "手机号", "Email"], "zh"),
        (["氏名", "電話番号", "住所"], "ja"),
        (["First Name", "Last Name", "Email", "Phone"], ""),
        (["Name", "Email", "IM Aim", "IM Skype", "Cap", "UF"], ""),
        (["שם פרטי", "שם משפחה", "נייד"], "he"),
        (["Eesnimi", "Perekonnanimi", "E-post"], "et"),
        (["Ime", "Prezime", "Mobitel", "Tvrtka", "Bilješka"], "hr"),
        (["Tên", "Họ", "Điện thoại", "Nguồn"], "vi"),
        (["Name", "Email", "Phone", "City", "Zip", "Web", "Note", "Odds", "Ends", "Dépt"], ""),
        (["Prénom", "Courriel", "Ville", "Code postal", *(f"Rabais {number}" for number in range(30))], "fr"),
        (["Imię", "Nazwisko", *(f"Warsztat {number}" for number in range(9))], "pl"),
        (["Nama", "Telefon", "Tarikh lahir", "Jumlah bayaran", "Kuantiti"], "ms"),
        (["Name", "Amount", "Total", "Product", "Service", "Note"], ""),
        (["Propriétaire", "Propriétaire 2", "Téléphone Immeuble"], "fr"),
    ],
)
def test_a_header_row_tells_its_language(knowledge: HeaderKnowledge, header: list[str], lang: str) -> None:
    assert knowledge.find_language(header) == lang


@pytest.mark.parametrize(
    ("lang", "header"),
    [("de", "Vorname (phonetisch)"), ("es", "Cliente Número"), ("ko", "이름(소리나는 대로)"), ("cs", "E-mail makléře")],
)
def test_what_a_remark_or_a_number_is_of_counts(knowledge: HeaderKnowledge, lang: str, header: str) -> None:
    guess = knowledge.guess(header, lang)
    assert guess is None or guess.attribute_type == "-"


@pytest.mark.parametrize(
    ("header", "attribute_type"),
    [
        ("Home City / Town", "address.city"),
        ("City / Quux", "address.city"),
        ("Web/Quux", "website"),
        ("Title / Position", "job_title"),
        ("City or Town", "address.city"),
        ("Client / Project", None),
        ("Buyer / Seller", None),
        ("Phone / E-mail", None),
        ("City / Agent", None),
    ],
)
def test_alternatives_are_what_they_agree_on(
    knowledge: HeaderKnowledge, header: str, attribute_type: str | None
) -> None:
    guess = knowledge.guess(header)
    assert (guess.attribute_type if guess else None) == attribute_type


@pytest.mark.parametrize(("header", "other"), [("الهاتف", "هاتف"), ("الإسم", "الاسم"), ("شركة", "شركه")])
def test_arabic_letters_and_articles_are_written_as_people_please(header: str, other: str) -> None:
    assert fold_header(header) == fold_header(other)


def test_headers_fold_alike_one_by_one_and_together() -> None:
    texts = load_reference("header_names.csv").filter(pl.col("lang").is_not_null())["header"].gather_every(7)
    plain = texts.filter(~texts.str.contains(r"\p{N}|#|\x{201d}") & (texts == texts.str.to_lowercase()))
    assert fold_headers(plain).to_list() == [fold_header(text) for text in plain]


def test_partner_words_make_it_the_partners(knowledge: HeaderKnowledge) -> None:
    headers = ("Spouse First Name", "Wife's E-mail", "Spouse", "Spouse/Partner Phone", "2nd Buyer Last Name")
    guesses = [knowledge.guess(header) for header in headers]
    assert [(guess.attribute_type, guess.is_partner) for guess in guesses if guess] == [
        ("first_name", True),
        ("email", True),
        ("full_name", True),
        ("phone_number", True),
        ("last_name", True),
    ]


@pytest.mark.parametrize(
    ("lang", "header"),
    [
        ("", "Spouse Contact Details"),
        ("", "Residence Type"),
        ("", "Situs City"),
        ("de", "Briefanrede"),
        ("sl", "Pravna oseba"),
        ("fi", "Lisätty"),
        ("nb", "Arbeidssted"),
        ("ms", "Tarikh ditambah"),
    ],
)
def test_what_no_attribute_holds_is_known(knowledge: HeaderKnowledge, lang: str, header: str) -> None:
    guess = knowledge.guess(header, lang)
    assert guess is not None
    assert guess.attribute_type == "-"


@pytest.mark.parametrize("header", ["Email Opt Out", "phone_cleaned", "Other First Name", "Zodiac", "", "###"])
def test_a_header_with_a_word_not_understood_is_no_guess(knowledge: HeaderKnowledge, header: str) -> None:
    guess = knowledge.guess(header)
    assert guess is None or guess.attribute_type == "-"


@pytest.mark.parametrize(
    ("lang", "header"),
    [
        ("de", "PLZ Ort"),
        ("de", "PLZ/Ort"),
        ("fr", "Code postal / Ville"),
        ("nl", "Postcode en plaats"),
        ("da", "Postnr./by"),
        ("it", "CAP Città"),
        ("pl", "Kod pocztowy i miasto"),
    ],
)
def test_a_postcode_and_its_city_are_the_city(knowledge: HeaderKnowledge, lang: str, header: str) -> None:
    found = knowledge.guess(header, knowledge.find_language(["Name", header]))
    assert found is not None
    assert (found.attribute_type, knowledge.find_language(["Name", header])) == ("address.city", lang)
