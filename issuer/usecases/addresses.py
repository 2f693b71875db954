"""Phone numbers and e-mail addresses in one form each, so that the same one is found again."""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from clicid.errors import Refused
from issuer.usecases.records import Channel


def normalise(channel: Channel, text: str) -> str:
    """A phone number in E.164, or an e-mail address with its domain in lower case.

    Raises:
        Refused: ``contact.address``, also for what has no single normal form. No name is looked up
            anywhere.
    """
    read = _phone if channel is Channel.PHONE else _email
    normal = read(text)
    if read(normal) != normal:
        raise Refused("contact.address", channel)
    return normal


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, "SE")
    except phonenumbers.NumberParseException:
        raise Refused("contact.address", Channel.PHONE) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused("contact.address", Channel.PHONE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(text: str) -> str:
    try:
        # Test people live under the reserved names of RFC 2606: those are addresses too.
        checked = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Refused("contact.address", Channel.EMAIL) from None
    return checked.normalized
