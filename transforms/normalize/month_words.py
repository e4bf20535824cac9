"""How months and weekdays are written in the languages that headers are understood in."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["LETTERS", "MONTHS", "WEEKDAYS", "fold_word"]

#: Letters that keep their stroke when accents are dropped.
LETTERS: Final = {"ł": "l", "ı": "i", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "\u2019": "'"}

#: Language -> twelve months: the nominative, then the forms that stand in dates, then short ones.
_MONTHS: Final = {
    "en": "january jan, february feb, march mar, april apr, may, june jun, july jul, august aug, "
    "september sept sep, october oct, november nov, december dec",
    "de": "januar jänner jan jän, februar feber feb, märz maerz mär mrz, april apr, mai, juni jun, juli jul, "
    "august aug, september sept sep, oktober okt, november nov, dezember dez",
    "fr": "janvier janv jan, février févr fév, mars, avril avr, mai, juin, juillet juil, août aoû, "
    "septembre sept, octobre oct, novembre nov, décembre déc",
    "es": "enero ene, febrero feb, marzo mar, abril abr, mayo may, junio jun, julio jul, agosto ago, "
    "septiembre setiembre sept sep set, octubre oct, noviembre nov, diciembre dic",
    "ca": "gener gen, febrer febr feb, març, abril abr, maig, juny, juliol jul, agost ag, setembre set, octubre oct, "
    "novembre nov, desembre des",
    "it": "gennaio gen, febbraio feb, marzo mar, aprile apr, maggio mag, giugno giu, luglio lug, agosto ago, "
    "settembre sett set, ottobre ott, novembre nov, dicembre dic",
    "pt": "janeiro jan, fevereiro fev, março mar, abril abr, maio mai, junho jun, julho jul, agosto ago, "
    "setembro set, outubro out, novembro nov, dezembro dez",
    "ro": "ianuarie ian, februarie feb, martie mar, aprilie apr, mai, iunie iun, iulie iul, august aug, "
    "septembrie sept sep, octombrie oct, noiembrie nov noi, decembrie dec",
    "nl": "januari jan, februari feb, maart mrt, april apr, mei, juni jun, juli jul, augustus aug, "
    "september sept sep, oktober okt, november nov, december dec",
    "da": "januar jan, februar feb, marts mar, april apr, maj, juni jun, juli jul, august aug, september sept sep, "
    "oktober okt, november nov, december dec",
    "sv": "januari jan, februari feb, mars mar, april apr, maj, juni jun, juli jul, augusti aug, september sept sep, "
    "oktober okt, november nov, december dec",
    "nb": "januar jan, februar feb, mars mar, april apr, mai, juni jun, juli jul, august aug, september sept sep, "
    "oktober okt, november nov, desember des",
    "fi": "tammikuu tammikuuta tammi, helmikuu helmikuuta helmi, maaliskuu maaliskuuta maalis, "
    "huhtikuu huhtikuuta huhti, toukokuu toukokuuta touko, kesäkuu kesäkuuta kesä, heinäkuu heinäkuuta heinä, "
    "elokuu elokuuta elo, syyskuu syyskuuta syys, lokakuu lokakuuta loka, marraskuu marraskuuta marras, "
    "joulukuu joulukuuta joulu",
    "et": "jaanuar jaan, veebruar veebr, märts, aprill apr, mai, juuni, juuli, august aug, september sept, "
    "oktoober okt, november nov, detsember dets",
    "lv": "janvāris janvārī janv, februāris februārī febr, marts martā, aprīlis aprīlī apr, maijs maijā, "
    "jūnijs jūnijā jūn, jūlijs jūlijā jūl, augusts augustā aug, septembris septembrī sept, oktobris oktobrī okt, "
    "novembris novembrī nov, decembris decembrī dec",
    "lt": "sausis sausio saus, vasaris vasario vas, kovas kovo kov, balandis balandžio bal, gegužė gegužės geg, "
    "birželis birželio birž, liepa liepos liep, rugpjūtis rugpjūčio rugp, rugsėjis rugsėjo rugs, spalis spalio spal, "
    "lapkritis lapkričio lapkr, gruodis gruodžio gruod",
    "pl": "styczeń stycznia sty, luty lutego lut, marzec marca mar, kwiecień kwietnia kwi, maj maja, "
    "czerwiec czerwca cze, lipiec lipca lip, sierpień sierpnia sie, wrzesień września wrz, "
    "październik października paź, listopad listopada lis, grudzień grudnia gru",
    "cs": "leden ledna led, únor února úno, březen března bře, duben dubna dub, květen května kvě, "
    "červen června čvn, červenec července čvc, srpen srpna srp, září zář, říjen října říj, listopad listopadu lis, "
    "prosinec prosince pro",
    "sk": "január januára jan, február februára feb, marec marca mar, apríl apríla apr, máj mája, jún júna, "
    "júl júla, august augusta aug, september septembra sep, október októbra okt, november novembra nov, "
    "december decembra dec",
    "hu": "január jan, február febr feb, március márc, április ápr, május máj, június jún, július júl, "
    "augusztus aug, szeptember szept, október okt, november nov, december dec",
    "hr": "siječanj siječnja sij, veljača veljače velj, ožujak ožujka ožu, travanj travnja tra, svibanj svibnja svi, "
    "lipanj lipnja lip, srpanj srpnja srp, kolovoz kolovoza kol, rujan rujna ruj, listopad listopada lis, "
    "studeni studenoga studenog stu, prosinac prosinca pro",
    "sl": "januar januarja jan, februar februarja feb, marec marca mar, april aprila apr, maj maja, junij junija jun, "
    "julij julija jul, avgust avgusta avg, september septembra sep, oktober oktobra okt, november novembra nov, "
    "december decembra dec",
    "sr": "januar januara jan јануар јануара јан, februar februara feb фебруар фебруара феб, "
    "mart marta mar март марта, april aprila apr април априла апр, "
    "maj maja мај маја, jun juna јун јуна, jul jula јул јула, "
    "avgust avgusta avg август августа авг, septembar septembra sep септембар септембра сеп, "
    "oktobar oktobra okt октобар октобра окт, novembar novembra nov новембар новембра нов, "
    "decembar decembra dec децембар децембра дец",
    "ru": "январь января янв, февраль февраля фев февр, март марта мар, апрель апреля апр, май мая, июнь июня июн, "
    "июль июля июл, август августа авг, сентябрь сентября сен сент, октябрь октября окт, ноябрь ноября ноя, "
    "декабрь декабря дек",
    "uk": "січень січня січ, лютий лютого лют, березень березня бер, квітень квітня квіт, травень травня трав, "
    "червень червня черв, липень липня лип, серпень серпня серп, вересень вересня вер, жовтень жовтня жовт, "
    "листопад листопада лист, грудень грудня груд",
    "bg": "януари ян, февруари февр, март, април апр, май, юни, юли, август авг, септември септ, октомври окт, "
    "ноември ноем, декември дек",
    "el": "ιανουάριος ιανουαρίου ιαν, φεβρουάριος φεβρουαρίου φεβ, μάρτιος μαρτίου μαρ, απρίλιος απριλίου απρ, "
    "μάιος μαΐου μαι, ιούνιος ιουνίου ιουν, ιούλιος ιουλίου ιουλ, αύγουστος αυγούστου αυγ, "
    "σεπτέμβριος σεπτεμβρίου σεπ, οκτώβριος οκτωβρίου οκτ, νοέμβριος νοεμβρίου νοε, δεκέμβριος δεκεμβρίου δεκ",
    "tr": "ocak oca, şubat şub, mart mar, nisan nis, mayıs may, haziran haz, temmuz tem, ağustos ağu, eylül eyl, "
    "ekim eki, kasım kas, aralık ara",
    "id": "januari jan, februari feb pebruari, maret mar, april apr, mei, juni jun, juli jul, agustus agu agt, "
    "september sep, oktober okt, november nov nopember, desember des",
    "ar": "يناير, فبراير, مارس, أبريل إبريل, مايو, يونيو, يوليو, أغسطس, سبتمبر, أكتوبر, نوفمبر, ديسمبر",
    "he": "ינואר בינואר, פברואר בפברואר, מרץ מרס במרץ במרס, אפריל באפריל, מאי במאי, יוני ביוני, יולי ביולי, "
    "אוגוסט באוגוסט, ספטמבר בספטמבר, אוקטובר באוקטובר, נובמבר בנובמבר, דצמבר בדצמבר",
    "hi": "जनवरी, फ़रवरी फरवरी, मार्च, अप्रैल, मई, जून, जुलाई, अगस्त, सितंबर सितम्बर, अक्टूबर अक्तूबर, नवंबर नवम्बर, दिसंबर दिसम्बर",
}

_WEEKDAYS: Final = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica segunda-feira terça-feira quarta-feira quinta-feira "
    "sexta-feira segunda terça quarta quinta sexta luni marți miercuri joi vineri sâmbătă duminică "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mandag tirsdag onsdag torsdag fredag lørdag søndag "
    "måndag tisdag lördag söndag maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai "
    "poniedziałek wtorek środa czwartek piątek sobota niedziela pondělí úterý středa čtvrtek pátek neděle "
    "pondelok utorok streda štvrtok piatok nedeľa hétfő kedd szerda csütörtök péntek szombat vasárnap "
    "ponedjeljak utorak srijeda četvrtak petak subota nedjelja понедельник вторник среда четверг пятница суббота "
    "воскресенье понеділок вівторок середа четвер пʼятниця субота неділя Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή "
    "Σάββατο Κυριακή pazartesi salı çarşamba perşembe cuma cumartesi pazar senin selasa rabu kamis jumat sabtu minggu"
)


def fold_word(word: str) -> str:
    """Word in lower case without accents, as dates are looked up by."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", word.lower()) if unicodedata.category(sign) != "Mn")
    return "".join(LETTERS.get(sign, sign) for sign in bare)


#: (language, folded word, month).
MONTHS: Final = [
    (lang, word, month)
    for lang, months in _MONTHS.items()
    for month, words in enumerate(months.split(", "), start=1)
    for word in dict.fromkeys(map(fold_word, words.split()))
]
WEEKDAYS: Final = frozenset(map(fold_word, _WEEKDAYS.split()))
