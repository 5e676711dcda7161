"""Bodies for the objects that upstream draws as a head or a bust only, so that they can stand in a scene."""

from __future__ import annotations

from dataclasses import dataclass

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 {height}">{inside}</svg>'


@dataclass(frozen=True, kw_only=True)
class Fur:
    coat: str
    shade: str
    chest: str
    paws: str
    tail: str = "none"
    tip: str = "#ffffff"


ANIMALS: dict[str, Fur] = {
    "fox": Fur(coat="#ff6d1f", shade="#e2540f", chest="#fff3e6", paws="#4a2c23", tail="bushy", tip="#fff3e6"),
    "wolf": Fur(coat="#a3a3a3", shade="#868686", chest="#e6e6e6", paws="#7a7a7a", tail="bushy", tip="#d9d9d9"),
    "bear": Fur(coat="#85594c", shade="#6b4539", chest="#a87a62", paws="#5a382e", tail="short"),
    "polar-bear": Fur(coat="#f5f9fc", shade="#c9dbe6", chest="#ffffff", paws="#d5e4ee", tail="short"),
    "panda": Fur(coat="#fafafa", shade="#3b3b3b", chest="#ffffff", paws="#2f2f2f", tail="none"),
    "koala": Fur(coat="#a6a6a6", shade="#8a8a8a", chest="#e8e8e8", paws="#777777", tail="none"),
    "lion": Fur(coat="#f6b73c", shade="#db9a22", chest="#ffe0a3", paws="#e3a32c", tail="tuft", tip="#85594c"),
    "frog": Fur(coat="#a6cc1a", shade="#86a812", chest="#e9f5b0", paws="#7c9c10", tail="none"),
    "hamster": Fur(coat="#ffa657", shade="#e5873a", chest="#fff1e0", paws="#ffc9a3", tail="short"),
}
HEADS: dict[str, tuple[str, str]] = {
    "girl": ("#e85d75", "dress"),
    "boy": ("#3f8efc", "trousers"),
    "child": ("#f2a541", "trousers"),
    "baby": ("#9ad0f5", "trousers"),
    "person": ("#2a9d8f", "trousers"),
    "man": ("#3a6ea5", "trousers"),
    "woman": ("#8e5bb5", "dress"),
    "older-person": ("#7d8c6c", "trousers"),
    "old-man": ("#6f7d8c", "trousers"),
    "old-woman": ("#a8577e", "dress"),
    "princess": ("#f07fb4", "dress"),
    "prince": ("#3d5fc4", "trousers"),
}


def has_shoulders(subgroup: str, name: str) -> bool:
    """Whether upstream draws this person as a bust with clothes, which only wants a lower half."""
    busts = {"fairy", "genie", "mermaid", "merman", "merperson", "superhero", "person-in-suit-levitating"}
    if any(word in name for word in (*busts, "baby-angel", "hairy-creature", "feeding", "zombie", "troll")):
        return False
    return subgroup in {"person-role", "person-fantasy"} and name not in HEADS


def sitting_animal(head: str, fur: Fur) -> str:
    """A head set on a sitting body, 128 x 176."""
    tails = {
        "bushy": f'<path fill="{fur.shade}" d="M84 160c26 8 42-6 40-34-1-14-10-22-18-24 2 14-2 26-14 32z"/>'
        f'<path fill="{fur.tip}" d="M106 102c10 3 18 12 18 26-6-8-14-12-21-11 3-5 4-10 3-15z"/>',
        "tuft": f'<path d="M90 160q28 2 24-34" fill="none" stroke="{fur.coat}" stroke-width="7"/>'
        f'<path fill="{fur.tip}" d="M114 106c-10 8-9 20 0 26 9-6 10-18 0-26z"/>',
        "short": f'<circle cx="98" cy="152" r="9" fill="{fur.shade}"/>',
        "none": "",
    }
    body = (
        f'<path fill="{fur.coat}" d="M42 92c-14 22-20 50-10 78h64c10-28 4-56-10-78z"/>'
        f'<ellipse cx="36" cy="152" rx="17" ry="20" fill="{fur.shade}"/>'
        f'<ellipse cx="92" cy="152" rx="17" ry="20" fill="{fur.shade}"/>'
        f'<path fill="{fur.chest}" d="M64 100c-14 4-20 16-18 34 2 10 10 18 18 22 8-4 16-12 18-22 2-18-4-30-18-34z"/>'
        f'<path fill="{fur.coat}" d="M46 124h15l1 44H46zM67 124h15v44H66z"/>'
        f'<path fill="{fur.paws}" d="M42 168q0-10 10-10t11 10v6H42zM65 168q0-10 11-10t10 10v6H65z"/>'
        f'<ellipse cx="31" cy="169" rx="12" ry="6" fill="{fur.paws}"/>'
        f'<ellipse cx="97" cy="169" rx="12" ry="6" fill="{fur.paws}"/>'
    )
    return _SVG.format(height=176, inside=f"{tails[fur.tail]}{body}<g>{head}</g>")


def standing_person(head: str, cloth: str, kind: str) -> str:
    """A head set on a small standing body, 128 x 204."""
    skin = "#ffc727"
    legs = (
        f'<path fill="{skin}" d="M51 150h10v40H51zM67 150h10v40H67z"/>'
        if kind == "dress"
        else '<path fill="#3b4758" d="M48 140h32l-1 52H67l-3-36-3 36H49z"/>'
    )
    top = (
        f'<path fill="{cloth}" d="M48 88q16 8 32 0l6 30 12 42q-34 10-68 0l12-42z"/>'
        if kind == "dress"
        else f'<path fill="{cloth}" d="M46 88q18 8 36 0 6 4 6 12l-4 46H44l-4-46q0-8 6-12z"/>'
    )
    arms = (
        f'<path d="M45 96L33 134M83 96l12 38" stroke="{cloth}" stroke-width="12" stroke-linecap="round"/>'
        f'<circle cx="31" cy="141" r="6.500" fill="{skin}"/><circle cx="97" cy="141" r="6.500" fill="{skin}"/>'
    )
    shoes = '<path fill="#2c3340" d="M44 198q0-9 9-9h9v9zM66 198v-9h9q9 0 9 9z"/>'
    neck = f'<path fill="{skin}" d="M56 78h16v12q-8 6-16 0z"/>'
    inside = f'{legs}{shoes}{arms}{top}{neck}<g transform="translate(20 0) scale(.69)">{head}</g>'
    return _SVG.format(height=200, inside=inside)


def standing_bust(bust: str, cloth: str) -> str:
    """A bust with clothes, given a lower half in the cloth's colour, 128 x 190."""
    inside = (
        '<path fill="#333c4a" d="M44 140h40l-2 42H68l-4-30-4 30H46z"/>'
        '<path fill="#232a35" d="M40 188q0-9 10-9h11v9zM67 188v-9h11q10 0 10 9z"/>'
        f'<path fill="{cloth}" d="M29 96h70q2 8-2 16l-9 36q-24 8-48 0l-9-36q-4-8-2-16z"/>'
        f'<path fill="#000" fill-opacity=".16" d="M33 112l7 36q24 8 48 0l7-36-14 26q-17 5-34 0z"/>'
        f'<g transform="translate(13 0) scale(.8)">{bust}</g>'
    )
    return _SVG.format(height=190, inside=inside)
