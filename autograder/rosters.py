"""Class lists as spreadsheets and LMSs write them: any separator, encoding and language of headings.

A table keeps its rows as they came, so that an export can fill them in. What cannot be used is a line in `problems`.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import CourseError

MAX_ROSTER_BYTES = 50 * 2**20
# charset-normalizer decides among what spreadsheets save as; of equally likely ones the first here is taken.
ENCODINGS = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp932", "gb18030", "big5", "cp949",
             "mac_roman"]  # fmt: skip

# ruff: noqa: E501 - the lists of headings
# Headings, compared without case, accents, spaces and signs. Moodle's are those of its language packs.
COLUMNS = {
    "login": "student_id|username|user name|user id|user|sis login id|login|login id|netid|student number|student no|"
             "kennung|benutzername|anmeldename|identifiant utilisateur|nom d'utilisateur|nombre de usuario|usuario|"
             "nome utente|gebruikersnaam|nome de usuário|имя пользователя|логин|nazwa użytkownika|ユーザ名|用户名",
    "number": "id number|sis user id|orgdefinedid|student id number|id-nummer|matrikelnummer|matriculation number|"
              "numéro d'identification|numéro d'étudiant|número de id|número de identificación|número de identificação|"
              "codice identificativo|numero id|matricola|індивідуальний номер|индивидуальный номер|numer id|nr albumu|"
              "IDナンバー|学号",
    "first_name": "first_name|firstname|given name|given names|forename|vorname|prénom|nombre|nombres|nome|voornaam|имя|"
                  "imię|jméno|förnamn|fornavn|etunimi|ad|名",
    "last_name": "last_name|lastname|surname|family name|nachname|familienname|nom|nom de famille|apellido|apellidos|"
                 "apellido(s)|cognome|apelido|sobrenome|achternaam|фамилия|nazwisko|příjmení|efternamn|etternavn|sukunimi|"
                 "soyad|soyadı|姓",
    "name": "name|full name|fullname|student|student name|display name|vollständiger name|nom complet|nombre completo|"
            "nombre completo del usuario|nome completo|cognome nome|volledige naam|полное имя|фио|imię i nazwisko|"
            "pełna nazwa|celé jméno|fullständigt namn|fullt navn|fulde navn|koko nimi|tam adı|повне ім'я|フルネーム|全名|姓名",
    "email": "email|email address|e-mail|e-mail-adresse|mail|adresse de courriel|courriel|adresse e-mail|"
             "dirección de correo|dirección email|correo|correo electrónico|indirizzo email|endereço de e-mail|"
             "e-mailadres|адрес электронной почты|adres e-mail|e-mailová adresa|e-postadress|e-post|e-postadresse|"
             "sähköpostiosoite|e-posta adresi|メールアドレス|电子邮件地址",
    "canvas": "canvas_id|canvas id|canvas user id",
    "moodle": "moodle_id|identifier|identifiant|identificador|identificativo|identificatie|идентификатор|identyfikator|"
              "identifikátor|identifierare|identifikator|tunniste|tanımlayıcı|ідентифікатор|識別子|标识符",
    "github": "github_username|github username|github login|github",
}  # fmt: skip
PARTICIPANT = (
    r"participant(?:e|/e)?|partecipante|teilnehmer(?:[/*:_]?in)?|deelnemer|участник|учасник|uczestnik|deltag?are|deltaker|"
    r"deltager|osallistuja|katılımcı|účastník|participante|参加者|学生|参与者"
)
IDENTIFIER = re.compile(rf"(?:{PARTICIPANT})\s*(\d+)", re.IGNORECASE)


def fold(text: str) -> str:
    """A name for comparison: Unicode's NFC, no case, one space for several."""
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", text).casefold().split()))


def heading(text: str) -> str:
    """A column's title for comparison: letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


KNOWN = {heading(name): key for key, names in reversed(COLUMNS.items()) for name in names.split("|")}


def usable(student: str) -> bool:
    """Whether an id can name a folder: letters of any script, digits and the signs that people are named with."""
    if not student or len(student.encode(errors="replace")) > 200 or student != student.strip():
        return False
    if student[0] in ".-–‐·,)~" or student.endswith("."):
        return False
    return all(c in " _@.+-'’‘`´‐–·,()&~#!=\u200c\u200d" or unicodedata.category(c)[0] in "LMN" for c in student)


@dataclass
class Person:
    """One line of a roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    canvas: str = ""
    moodle: str = ""
    github: str = ""
    name: str = ""  # as it stands in the roster, in whatever order
    line: int = -1  # of the table's rows
    logins: tuple[str, ...] = ()  # what else an LMS may call them: the other columns of ids


class Roster(list):
    """The persons of a class list; `problems` has a line for each row that cannot be used."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.lost = False  # somebody's row cannot be used


@dataclass
class Table:
    """A CSV file: its headings, its rows, how it separates them, and what was guessed about it."""

    path: Path
    header: list[str]
    rows: list[list[str]]
    separator: str
    encoding: str
    maximum: float | None = None  # of the column that an export fills in
    notes: list[str] = field(default_factory=list)

    def columns(self) -> dict[str, list[int]]:
        """For each kind of column where it stands, the surest first."""
        found: dict[str, list[int]] = defaultdict(list)
        titles = [heading(name) for name in self.header]
        for i, title in enumerate(titles):
            if title in KNOWN:
                found[KNOWN[title]].append(i)
        canvas = (
            "sisloginid" in titles
            or "sisuserid" in titles
            or ("section" in titles and {"student", "lastname"} & {*titles})
        )
        for i, title in enumerate(titles):
            if title not in ("id", "studentid"):
                continue
            values = [row[i] for row in self.rows if i < len(row) and row[i].strip()]
            if values and all(IDENTIFIER.fullmatch(v.strip()) for v in values):
                found["moodle"].insert(0, i)
            elif canvas and title == "id":
                found["canvas"].insert(0, i)
            else:
                found["id"].append(i)
        if found["github"] and found["moodle"]:  # GitHub Classroom's roster: its identifier is the teacher's own
            found["id"] += found.pop("moodle")
        if not found["moodle"] and self.header:  # a worksheet of Moodle in a language that is not listed above
            values = [row[0] for row in self.rows if row and row[0].strip()]
            if (
                values
                and not any(0 in places for places in found.values())
                and all(re.fullmatch(r"[^\d@]+\d+", v.strip()) for v in values)
            ):
                found["moodle"].append(0)
        if not found["email"]:
            for i in range(len(self.header)):
                values = [row[i] for row in self.rows if i < len(row) and row[i].strip()]
                if values and all(re.fullmatch(r"\S+@\S+\.\S+", v.strip()) for v in values):
                    found["email"].append(i)
        return found


def decode(data: bytes, where: str) -> tuple[str, str]:
    """The text of a file and the encoding it was in. CourseError if it is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                break
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise CourseError(f"{where} is a workbook: save it as CSV (UTF-8) and name that file")
    for encoding, odd in (("utf-16-le", data[1:400:2]), ("utf-16-be", data[0:400:2])):
        if odd and odd.count(0) > len(odd) * 0.4:
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                break
    if b"\0" in data:
        raise CourseError(f"{where} is no text: save it as CSV (UTF-8) and name that file")
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    # Names among much ASCII are too few to tell by: only the words that are not ASCII are looked at, several times over.
    words = [word for word in re.split(rb"[\x00-\x40]+", data) if any(byte > 127 for byte in word)]
    sample = (b" ".join(words[:2000]) + b"\n") * 8
    found = list(from_bytes(sample, cp_isolation=ENCODINGS, preemptive_behaviour=False))
    found = found or list(from_bytes(data, cp_isolation=ENCODINGS, preemptive_behaviour=False))
    best = [m for m in found if (m.chaos, -m.coherence) <= min((f.chaos, -f.coherence) for f in found)]
    likely = {name for match in best for name in match.could_be_from_charset}
    for encoding in (name for name in ENCODINGS if name in likely):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise CourseError(f"{where} is in no encoding that can be told: save it as CSV (UTF-8)")


def read_table(path: Path) -> Table:
    """A CSV file as a table. Raises CourseError, one line that says what to do, if it cannot be read as one."""
    where = f"the roster {path}"
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_ROSTER_BYTES + 1)
    except FileNotFoundError:
        raise CourseError(f"{where} does not exist") from None
    except IsADirectoryError:
        raise CourseError(f"{where} is a folder: name the CSV file in it") from None
    except OSError as error:
        raise CourseError(f"{where} cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_ROSTER_BYTES:
        raise CourseError(f"{where} is larger than a class list can be")
    if not data.strip(b"\xef\xbb\xbf\xfe\xff \t\r\n\0"):
        raise CourseError(f"{where} is empty: export it again")
    text, encoding = decode(data, where)
    text = text.lstrip("\ufeff")
    told = re.match(r'"?sep=(.)"?\r?\n', text, re.IGNORECASE)  # Excel's own line about the separator
    if told:
        text = text[told.end() :]
    try:
        tables = {s: _rows(text, s) for s in ([told[1]] if told else [",", ";", "\t", "|"])}
    except csv.Error as error:
        raise CourseError(f"{where} is no CSV: {error}; export it again as CSV (UTF-8)") from None
    separator = max(tables, key=lambda s: _fit(tables[s]))
    rows = tables[separator]
    if not rows:
        raise CourseError(f"{where} is empty: export it again")
    header = [name.strip() for name in rows[0]]
    table = Table(path, header, [row + [""] * (len(header) - len(row)) for row in rows[1:]], separator, encoding)
    if encoding not in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        table.notes.append(f"{where} was read as {encoding}; if names look wrong, save it as CSV (UTF-8)")
    return table


def _rows(text: str, separator: str) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    return [row for row in rows if any(value.strip() for value in row)]


def _fit(rows: list[list[str]]) -> tuple[int, int]:
    titles = [heading(name) for name in rows[0]] if rows else []
    return sum(t in KNOWN or t in ("id", "studentid") for t in titles), len(titles)


def read_roster(path: Path) -> Roster:
    """The students of a CSV file: our own, Canvas's gradebook export, Moodle's grading worksheet, and others."""
    return people(read_table(path))


def people(table: Table) -> Roster:
    """The persons of a table; a row whose id cannot be used, or is not its own, is a problem."""
    columns = table.columns()
    kinds = ("id", "login", "number", "email", "canvas", "github", "name", "moodle")
    if not any(columns.get(kind) for kind in kinds if kind != "name") and not (columns.get("name")):
        raise CourseError(
            f"the roster {table.path} needs a column id, with the name by which the gradebook knows a student"
        )
    roster = Roster()
    roster.problems += table.notes
    for line, row in enumerate(table.rows):
        person = _person(row, line, columns)
        if person is None:
            continue
        if not usable(person.id):
            roster.lost = True
            roster.problems.append(
                f"{table.path.name} line {line + 2}: the id {person.id!r} has signs that no folder's name should have"
            )
            continue
        roster.append(person)
    _unlike(roster, table)
    if not roster and not roster.problems:
        raise CourseError(f"the roster {table.path} holds no student with an id")
    return roster


def _person(row: list[str], line: int, columns: dict[str, list[int]]) -> Person | None:
    def value(kind: str) -> str:
        values = (" ".join(row[i].split()) for i in columns.get(kind, ()))
        return unicodedata.normalize("NFC", next((v for v in values if v), ""))

    name = value("name")
    title = heading(name or value("last_name"))
    if title in ("pointspossible", "studenttest", "teststudent") or (value("first_name"), value("last_name")) == (
        "Test",
        "Student",
    ):
        return None
    canvas, number = re.sub(r"\.0$", "", value("canvas")), value("moodle")
    moodle = re.sub(r"\D", "", number)
    if columns.get("canvas") and not (canvas or value("id") or value("login") or value("number")):
        return None  # Canvas has lines of maximal points, and about posting, without a student
    # A column that is there and empty is passed over, row by row.
    id = value("id") or value("login") or value("number").lstrip("#") or value("email") or canvas or value("github")
    id = id or name or " ".join(filter(None, (value("first_name"), value("last_name")))) or number
    if not id:
        return None
    last, _, first = name.partition(",")
    if not first:
        first, _, last = name.rpartition(" ")
    return Person(
        id.lstrip("#"), value("first_name") or first.strip(), value("last_name") or last.strip(), value("email"),
        canvas, moodle, value("github"), name, line,
        tuple({v.lstrip("#") for v in (value("id"), value("login"), value("number")) if v} - {id.lstrip("#")}),
    )  # fmt: skip


def _unlike(roster: Roster, table: Table) -> None:
    """Take out persons who share an id: nobody is merged. The same line twice is one person."""
    by_id: dict[str, list[Person]] = defaultdict(list)
    for person in roster:
        by_id[person.id].append(person)
    for id, group in by_id.items():
        if len(group) == 1:
            continue
        sorts = {(p.first_name, p.last_name, p.email, p.canvas, p.moodle) for p in group}
        keep = group[:1] if len(sorts) == 1 else []
        roster[:] = [p for p in roster if p.id != id] + keep
        if not keep:
            roster.lost = True
            lines = ", ".join(str(p.line + 2) for p in group)
            roster.problems.append(f"{table.path.name} lines {lines}: several persons have the id {id!r}")
