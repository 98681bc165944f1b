"""Names of users as they are typed."""

from assistant.errors import BadInput


def named(user: str | None) -> str | None:
    """Return the name of a user, None for none: what is not UTF-8 could be neither stored nor printed.

    Raises:
        BadInput: it is not UTF-8.
    """
    if user and not user.isascii():
        try:
            user.encode()
        except UnicodeEncodeError as error:
            raise BadInput("the name of the user is not UTF-8: type it anew") from error
    return user or None
