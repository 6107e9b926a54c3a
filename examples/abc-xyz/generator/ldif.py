"""Writing LDIF (RFC 2849), plainly or in the forms that Windows' ldifde gives it."""
import base64
import re

LINE = 76
# Plain is what ldapsearch writes. ldifde puts `changetype: add` into every entry and ends lines with CRLF;
# with -u it writes UTF-16 with a byte order mark.
FORMS = ("plain", "ldifde", "ldifde-unicode")


# RFC 2849's SAFE-STRING, narrowed: no control characters, no blank at the end.
SAFE = re.compile(r"(?:[!-9;=-~](?:[ -~]*[!-~])?)?", re.ASCII).fullmatch


def line(name, value):
    """One attribute value as a folded line, with its newline."""
    if type(value) is int:
        return f"{name}: {value}\n"
    if type(value) is str and SAFE(value):
        text = f"{name}: {value}"
    else:
        raw = value if isinstance(value, bytes) else value.encode("utf-8")
        text = f"{name}:: {base64.b64encode(raw).decode('ascii')}"
    if len(text) <= LINE:
        return text + "\n"
    parts = [text[:LINE]]
    parts += [text[at : at + LINE - 1] for at in range(LINE, len(text), LINE - 1)]
    return "\n ".join(parts) + "\n"


class Writer:
    """A file that entries are streamed to."""

    def __init__(self, path, form="plain"):
        assert form in FORMS
        self.form = form
        encoding = "utf-16-le" if form == "ldifde-unicode" else "ascii"
        newline = "\n" if form == "plain" else "\r\n"
        self.file = open(path, "w", encoding=encoding, newline=newline, buffering=1 << 20)
        if form == "ldifde-unicode":
            self.file.write("\ufeff")
        self.after_dn = "" if form == "plain" else "changetype: add\n"

    def entry(self, dn, attributes):
        """`attributes` are pairs of a name and a value: text, bytes or a number."""
        lines = [line(name, value) for name, value in attributes]
        self.file.write(f"{line('dn', dn)}{self.after_dn}{''.join(lines)}\n")

    def close(self):
        self.file.close()
