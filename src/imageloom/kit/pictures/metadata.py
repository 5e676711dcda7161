"""What a delivered picture says of itself: A1111 parameters, our own JSON, and XMP with the IPTC fields for AI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
ALGORITHMIC = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
XMP_DESCRIPTION_CHARACTERS = 10_000
"""JPEG holds at most 65,502 bytes of plain XMP; the whole prompt is in the two other places."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a picture came from. ``extra`` goes into our own JSON as it is."""

    prompt: str
    provider: str
    model: str
    width: int
    height: int
    created_at: str
    software: str
    template: str | None = None
    revised_prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    quality: str | None = None
    is_trained_model: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


def _clean(text: str) -> str:
    """Without the control characters that XML and PNG text cannot hold."""
    return "".join(
        c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and c not in "\ufffe\uffff")
    )


def a1111_parameters(provenance: Provenance) -> str:
    """The text that A1111 and its many readers understand: prompt, negative prompt, one line of settings."""
    lines = [_clean(provenance.prompt)]
    if provenance.negative_prompt:
        lines.append(f"Negative prompt: {_clean(provenance.negative_prompt)}")
    settings: dict[str, Any] = {
        "Seed": provenance.seed,
        "Size": f"{provenance.width}x{provenance.height}",
        "Model": f"{provenance.provider}/{provenance.model}",
        "Quality": provenance.quality,
        "Version": provenance.software,
    }
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in settings.items() if value is not None))
    return "\n".join(lines)


def _quoted(value: Any) -> str:
    """A value with a comma, a colon or a quote is written as a JSON string, as A1111 does."""
    text = _clean(str(value)).replace("\n", " ")
    return orjson.dumps(text).decode() if any(mark in text for mark in ',:"') else text


def imageloom_json(provenance: Provenance) -> str:
    """Everything, as JSON in ASCII, so that no reader can spoil it."""
    document = {
        "prompt": provenance.prompt,
        "template": provenance.template,
        "revised_prompt": provenance.revised_prompt,
        "negative_prompt": provenance.negative_prompt,
        "provider": provenance.provider,
        "model": provenance.model,
        "seed": provenance.seed,
        "quality": provenance.quality,
        "width": provenance.width,
        "height": provenance.height,
        "created_at": provenance.created_at,
        "software": provenance.software,
        **provenance.extra,
    }
    text = orjson.dumps(document, default=str).decode()
    return "".join(c if ord(c) < 128 else _escaped(ord(c)) for c in text)


def _escaped(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def xmp(provenance: Provenance) -> bytes:
    """An XMP packet: IPTC's digital source type and AI fields, description, tool and date."""
    source = TRAINED if provenance.is_trained_model else ALGORITHMIC
    prompt = _clean(provenance.prompt)[:XMP_DESCRIPTION_CHARACTERS]
    system = f"{provenance.provider}/{provenance.model}"
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType={quoteattr(source)}
 Iptc4xmpExt:AISystemUsed={quoteattr(_clean(system))}
 xmp:CreatorTool={quoteattr(_clean(provenance.software))}
 xmp:CreateDate={quoteattr(_clean(provenance.created_at))}>
<Iptc4xmpExt:AIPromptInformation>{escape(prompt)}</Iptc4xmpExt:AIPromptInformation>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(prompt)}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
    return packet.encode()
