"""How each sample file lays out a person: one function per file, a dictionary per row."""

from __future__ import annotations

from random import Random

from generator.dirt import dirty_date, dirty_email, dirty_phone, dirty_text
from generator.people import Person

__all__ = ["google_row", "legacy_row", "old_crm_row", "open_house_row", "outlook_row"]


def google_row(random: Random, person: Person) -> dict[str, str]:
    """A row of a Google Contacts export."""
    city, state, postcode = person.place
    street = f"{person.house} {person.street} {person.suffix[0]}"
    phones = dirty_phone(random, person.phone)
    return {
        "First Name": dirty_text(random, person.first),
        "Middle Name": person.middle,
        "Last Name": dirty_text(random, person.last),
        "Nickname": "",
        "Organization Name": person.company,
        "Birthday": dirty_date(random, person.birthday, "iso"),
        "Notes": random.choice(("", "", "met at the fair", "prefers text")),
        "Labels": f"{person.tag} ::: * myContacts" if person.tag else "* myContacts",
        "E-mail 1 - Label": "* Home",
        "E-mail 1 - Value": dirty_email(random, person.email) if person.email else "",
        "E-mail 2 - Label": "Work" if person.second_email else "",
        "E-mail 2 - Value": person.second_email,
        "Phone 1 - Label": "Mobile",
        "Phone 1 - Value": phones,
        "Address 1 - Label": "Home",
        "Address 1 - Formatted": f"{street}\n{city}, {state} {postcode}\nUS",
        "Address 1 - Street": street,
        "Address 1 - City": city,
        "Address 1 - PO Box": "",
        "Address 1 - Region": state,
        "Address 1 - Postal Code": postcode,
        "Address 1 - Country": "US",
    }


def open_house_row(random: Random, person: Person) -> dict[str, str | float]:
    """A line of the list on the table at an open house: one name, one address, remarks."""
    city, state, postcode = person.place
    name = random.choice(("{0} {1}", "{0} {1}", "{1}, {0}")).format(person.first, person.last)
    phone = dirty_phone(random, person.phone)
    address = f"{person.house} {person.street} {person.suffix[1]}., {city}, {state} {postcode.lstrip('0')}"
    return {
        "Name": dirty_text(random, name),
        "Phone": float(phone) if phone.isdigit() else phone,
        "E-mail": dirty_email(random, person.email) if person.email else "",
        "Address": address if random.random() < 0.8 else "",
        "Remarks": random.choice(("", "", "looks for 3 beds", "has an agent", "Tel. abends")),
    }


def old_crm_row(random: Random, person: Person) -> dict[str, str]:
    """A record that an old CRM exported."""
    city, state, postcode = person.place
    return {
        "firstName": dirty_text(random, person.first),
        "lastName": dirty_text(random, person.last),
        "email": dirty_email(random, person.email) if person.email else "",
        "mobilePhone": dirty_phone(random, person.phone),
        "street": f"{person.house} {person.street} {random.choice(person.suffix)}",
        "city": dirty_text(random, city),
        "state": state,
        "zip": postcode,
        "birthday": dirty_date(random, person.birthday, "us"),
        "company": person.company,
        "tags": person.tag,
        "stage": random.choice(("Subscriber", "Lead", "Customer")),
    }


def outlook_row(random: Random, person: Person) -> dict[str, str]:
    """A row of an Outlook export, in the columns of the documented mapping (004:5920)."""
    city, state, postcode = person.place
    return {
        "Title": random.choice(("", "", "Mr.", "Mrs.", "Dr.")),
        "First Name": dirty_text(random, person.first),
        "Middle Name": person.middle,
        "Last Name": dirty_text(random, person.last),
        "Company": person.company,
        "Job Title": "Owner" if person.company else "",
        "E-mail Address": dirty_email(random, person.email) if person.email else "",
        "E-mail 2 Address": person.second_email,
        "Mobile Phone": dirty_phone(random, person.phone),
        "Home Phone": "",
        "Street Number": person.house,
        "Street Name": f"{person.street} {person.suffix[0]}",
        "City": city,
        "State": state,
        "Zip": postcode,
        "Birthday": dirty_date(random, person.birthday, "us"),
        "Categories": person.tag,
        "Notes": "",
    }


def legacy_row(random: Random, person: Person) -> dict[str, str | float]:
    """A row of a workbook that nobody remembers making; the ZIP codes are numbers there."""
    city, state, postcode = person.place
    return {
        "FIRST": person.first.upper(),
        "LAST": person.last.upper(),
        "CELL": dirty_phone(random, person.phone),
        "EMAIL": dirty_email(random, person.email).upper() if person.email else "",
        "ADDRESS": f"{person.house} {person.street} {person.suffix[1]}".upper(),
        "CITY": city.upper(),
        "ST": state,
        "ZIP": float(postcode),
        "COMMENTS": random.choice(("", "", "see file")),
    }
