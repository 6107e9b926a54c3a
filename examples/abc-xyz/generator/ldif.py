"""Writing LDIF (RFC 2849), plainly or in the forms that Windows' ldifde gives it."""
import base64

LINE = 76
# Plain is what ldapsearch writes. ldifde puts `changetype: add` into every entry and ends lines with CRLF;
# with -u it writes UTF-16 with a byte order mark.
FORMS = ("plain", "ldifde", "ldifde-unicode")


def is_safe(value):
    """Whether RFC 2849 lets these bytes stand without base64."""
    return (
        all(0x20 <= byte < 0x7F for byte in value)
        and value[:1] not in (b" ", b":", b"<")
        and not value.endswith(b" ")
    )


def line(name, value):
    """One attribute value as a folded line, with its newline."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8")
    if is_safe(raw):
        text = f"{name}: {raw.decode('ascii')}"
    else:
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
        encoding = "utf-16" if form == "ldifde-unicode" else "ascii"
        newline = "\n" if form == "plain" else "\r\n"
        self.file = open(path, "w", encoding=encoding, newline=newline, buffering=1 << 20)
        self.after_dn = "" if form == "plain" else "changetype: add\n"

    def entry(self, dn, attributes):
        """`attributes` are pairs of a name and a value: text, bytes or a number."""
        self.file.write(line("dn", dn))
        if self.after_dn:
            self.file.write(self.after_dn)
        self.file.write("".join([line(name, value) for name, value in attributes]))
        self.file.write("\n")

    def close(self):
        self.file.close()
