"""Routes of judgements and labels."""

from __future__ import annotations

from fastapi import APIRouter

from imageloom.features.curation.schemas import (
    JudgementCreate,
    JudgementsRead,
    JudgementsUndo,
    LabelRead,
    LabelsRead,
)
from imageloom.features.curation.service import CurationService
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = APIRouter(prefix="/api", tags=["curation"])


@router.post("/judgements", responses=errors(Forbidden, NotFound, InvalidInput))
async def judge(body: JudgementCreate, scope: WriteScope) -> JudgementsRead:
    """Says of many pictures at once what is thought of them: pick, rating, labels. All of it happens, or nothing."""
    return await CurationService(scope).judge(body)


@router.post("/judgements/undo", responses=errors(Forbidden, NotFound))
async def undo_judgements(body: JudgementsUndo, scope: WriteScope) -> JudgementsRead:
    """Takes back a judgement, picture by picture, but for those that somebody has judged since."""
    return await CurationService(scope).undo(body)


@router.get("/labels", responses=errors(Forbidden))
async def list_labels(scope: ReadScope) -> LabelsRead:
    """Labels that pictures have, the most used first, 500 at most."""
    rows = await CurationService(scope).labels()
    return LabelsRead(items=[LabelRead(label=label, pictures=pictures) for label, pictures in rows])
