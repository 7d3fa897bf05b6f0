"""Column names that announce a person: names, contact, birth, free text, health (nb, nn, en)."""

import re

from features.words import fold

# Whole names or any word of a name, after folding (fodselsdato = fødselsdato).
_WORDS = """
navn namn name fornavn fornamn mellomnavn mellomnamn etternavn etternamn slektsnavn kallenavn
barnenavn barnetsnavn fulltnavn personnavn firstname lastname surname fullname forename givenname
familyname middlename nickname barnets_navn barnets_fornavn barnets_etternavn navn_barn
adresse adressa address gateadresse gate gatenavn gatenr veiadresse vegadresse street streetaddress
postadresse bostedsadresse bustadadresse bosted bustad poststed poststad postnr postnummer postkode
postcode zip zipcode postalcode
telefon telefonnr telefonnummer telefonnummeret tlf tlfnr mobil mobilnr mobilnummer mobiltelefon
phone phonenumber telephone mobile cellphone
epost epostadresse mail email emailaddress mailadresse kontakt kontaktinfo kontaktperson
kontaktinformasjon contact contactperson
fodselsdato fodseldato fodselsaar fodd foddato fdato fodedato fodelsdato birthdate birth
dateofbirth dob birthday bornon fodt fodested fodeland fodestad fodeland birthplace fodselsdag
bursdag gebursdag fodselsmaned fodselsmnd birthyear birthmonth
fodselsnummer fodselsnr fnr personnummer personnr persnr pnr personid nationalid ssn
socialsecuritynumber dnummer dnr hnummer dufnummer dufnr duf identitetsnummer personident
merknad merknader merknadar kommentar kommentarer kommentarar notat notater notatar note notes
comment comments remark remarks fritekst fritext freetext tekst text beskrivelse beskriving
skildring description begrunnelse begrunning grunngiving grunngjeving reason rationale sammendrag
samandrag summary opplysninger opplysningar hendelsesforlop journal journalnotat vurdering
diagnose diagnosar diagnoser diagnosis diagnosekode icd icd10 helse helseopplysninger sykdom
sjukdom legemiddel medisin medication health
opplysning tilleggsopplysning tilleggsopplysninger tilleggsopplysningar tilleggsinformasjon
parorende pårørende parorande pårørande slektning bestemor bestefar besteforeldre
mor far morsnavn farsnavn mother father foresatt foresatte forelder foreldre verge parent parents
guardian sosken sibling saksbehandler saksbehandlar sakshandsamar caseworker radgiver behandler
lege fastlege etnisitet ethnicity religion statsborgerskap nasjonalitet nationality citizenship
skole barnehage school ident
"""
_FOLDED = frozenset(fold(word) for word in _WORDS.split())
# Compound words that end as these do mean a person …
_UNIT_DETAILS_TEXT = """
navn namn name adresse address telefon tlf mobilnr epost email mail postnummer postnr poststed
kontakt contact telefonnr telefonnummer phone
"""
_ENDINGS_TEXT = """
merknad merknader kommentar notat fritekst begrunnelse grunngiving beskrivelse diagnose
fødselsdato fødselsnummer fødselsnr personnummer birthdate
"""
# … unless it is the name or the address of a place, a unit or a file.
_UNITS_TEXT = """
institusjon institution kommune municipality region fylke county tiltak avdeling enhet unit
department agency etat kontor office system fil file kolonne column felt field leverandør
provider vendor eier owner program gruppe group kategori category type
"""
_UNIT_DETAILS = tuple(fold(word) for word in _UNIT_DETAILS_TEXT.split())
_ENDINGS = (*_UNIT_DETAILS, *(fold(word) for word in _ENDINGS_TEXT.split()))
_UNITS = tuple(fold(word) for word in _UNITS_TEXT.split())
_SPLIT = re.compile(r"[^\w]+|_+|(?<=[a-zæøå])(?=[A-ZÆØÅ])")


def announces_person(header: str) -> bool:
    """Whether a column by this name holds names, contacts, birth dates, health or free text."""
    whole = fold(header)
    if whole in _FOLDED:
        return True
    words = [fold(word) for word in _SPLIT.split(header) if word]
    telling = [word for word in (*words, whole) if word in _FOLDED or word.endswith(_ENDINGS)]
    of_a_unit = any(word.startswith(_UNITS) for word in words)
    return any(not (of_a_unit and word.endswith(_UNIT_DETAILS)) for word in telling)
