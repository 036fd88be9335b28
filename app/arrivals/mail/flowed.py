"""Text as its writer's program broke it (RFC 3676): lines that end in a space go on in the next."""


def unflowed(text: str, *, delsp: bool) -> str:
    """format=flowed undone: soft line ends are gone, quoting stays as ">" and stuffed spaces go.

    With `delsp` the space at a soft line end is not the writer's and goes too.
    """
    whole: list[list[str]] = []
    soft, depth_before = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        said = line.lstrip(">")
        depth = len(line) - len(said)
        said = said.removeprefix(" ")
        flows = said.endswith(" ") and said != "-- "
        if flows and delsp:
            said = said[:-1]
        if soft and said and depth == depth_before and said != "-- ":
            whole[-1].append(said)
        else:
            whole.append([">" * depth + (" " if depth else "") + said])
        soft, depth_before = flows, depth
    return "\n".join("".join(pieces) for pieces in whole)
