"""Documents, progress, collections and findings as what the page shows. Pure functions; everything is escaped here."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from assistant.guardrails.documents import Suspicion
from assistant.guardrails.hidden import reveal
from assistant.presentation import link, place
from knowledge.documents import Collection, Document, Findings, Hit, Passage
from knowledge.ingestion import ENDED, Progress
from knowledge.relevance import Judge

MOST = 500
"""How many documents are listed at once; the filter finds the others."""
FEW = 12
"""How many files of an upload are shown one by one."""

FITTED = "fitted to these documents"
SHIPPED = "as it is shipped; <code>python -m knowledge calibrate</code> fits it to these documents"


def documents(found: Sequence[Document], total: int) -> str:
    """Show the documents as a table.

    Args:
        found: those that are to be listed.
        total: how many there are, whatever the filter says.
    """
    if not total:
        return "<p class='quiet'>There are no documents yet. Upload some, or load the sample handbook.</p>"
    rows = "".join(
        f"<tr><td><a href='{escape(link(d.id))}' target='_blank' rel='noopener'>{escape(d.title)}</a>"
        f"<br><small>{escape(d.source)}</small></td><td>{escape(d.collection)}</td><td>{_state(d)}</td>"
        f"<td class='number'>{d.passages}</td><td>{escape(_time(d.added_at))}</td></tr>"
        for d in found[:MOST]
    )
    columns = ("Document", "Collection", "State", "Passages", "Added (UTC)")
    head = "".join(f"<th>{column}</th>" for column in columns)
    return (
        f"<p class='quiet'>{_counted(found, total)}</p><div class='scroll'><table class='list'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _counted(found: Sequence[Document], total: int) -> str:
    ready = sum(document.state == "ready" for document in found)
    shown = f"{len(found)} of {total} documents" if len(found) < total else _many(total, "document")
    rest = f"; the first {MOST} are listed: narrow them down with the filter" if len(found) > MOST else ""
    return f"{shown}, {ready} ready{rest}"


def _state(document: Document) -> str:
    reason = f"<br><small>{escape(document.reason)}</small>" if document.reason else ""
    return f"<span class='state {document.state}'>{document.state}</span>{reason}"


def progress(jobs: Sequence[Progress]) -> str:
    """Show how far what was added is: all of it in one bar, then what is worked at, and what went wrong."""
    if not jobs:
        return ""
    jobs = [_as_told(job) for job in jobs]
    ended = sum(job.ended for job in jobs)
    share = sum(1.0 if job.ended else _share(job) for job in jobs) / len(jobs)
    wrong = [job for job in jobs if job.state in ("failed", "quarantined")]
    order = ("working", "failed", "quarantined", "waiting", "ready")
    listed = wrong if ended == len(jobs) else jobs  # once all are done, only what went wrong is worth a line
    shown = sorted(listed, key=lambda job: order.index(job.state))[:FEW]
    rows = "".join(
        f"<tr><td>{escape(job.name)}</td><td><span class='state {job.state}'>{_stage(job)}</span>"
        f"{f'<br><small>{escape(job.reason)}</small>' if job.reason else ''}</td><td>{_bar(job.name, job)}</td></tr>"
        for job in shown
    )
    problems = f", {len(wrong)} with a problem" if wrong else ""
    left = f"<p class='quiet'>… and {len(listed) - len(shown)} more</p>" if len(listed) > len(shown) else ""
    return (
        f"<p><b>{ended} of {_many(len(jobs), 'file')} done{problems}</b></p>"
        f"<progress max='1' value='{share:.3f}' aria-label='All files'></progress>"
        f"<table class='list'><tbody>{rows}</tbody></table>{left}"
    )


def _as_told(job: Progress) -> Progress:
    """Count a file as done that is, though those before it, whose turn comes first, are not."""
    return replace(job, state=job.stage) if job.stage in ENDED else job  # type: ignore[arg-type]


def _stage(job: Progress) -> str:
    return escape(job.stage or "working") if job.state == "working" else job.state


def _share(job: Progress) -> float:
    """Return about how much of a file is done: the stages take their turn."""
    begun = {"reading": 0.05, "splitting": 0.3, "embedding": 0.4}.get(job.stage, 0.0)
    return begun + (0.55 * job.share if job.stage == "embedding" else 0.0)


def _bar(name: str, job: Progress) -> str:
    if job.state == "failed":
        return ""
    done = 1.0 if job.ended else _share(job)
    return f"<progress max='1' value='{done:.2f}' aria-label='{escape(name)}'></progress>"


def quarantined(document: Document | None, suspicious: Sequence[tuple[Passage, Suspicion]]) -> str:
    """Show why a document is quarantined, and the passages of it that are suspicious."""
    if document is None:
        return ""
    quotes = "".join(
        f"<p><b>It {escape(why.reason)}</b></p>"
        f"<blockquote class='suspicious'>{_place(p)}{_pointed(p.text, why)}</blockquote>"
        for p, why in suspicious[:FEW]
    )
    more = f"<p class='quiet'>… and {len(suspicious) - FEW} more</p>" if len(suspicious) > FEW else ""
    reason = "" if suspicious else f"<br>{escape(document.reason or '')}"
    return (
        f"<p><b>{escape(document.title)}</b> ({escape(document.source)}, collection {escape(document.collection)})"
        f"{reason}</p>{quotes}{more}"
        f"<p><a href='{escape(link(document.id))}' target='_blank' rel='noopener'>Read the whole document</a></p>"
    )


def _pointed(text: str, why: Suspicion) -> str:
    """Mark in a passage what makes it suspicious, where that stands there in clear."""
    if why.place is None or reveal(text)[0] != text:
        return escape(text)
    start, end = why.place
    return f"{escape(text[:start])}<mark>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _place(passage: Passage) -> str:
    where = place(passage.location.as_json())
    return f"<small>{escape(where)}</small><br>" if where else ""


def collections(found: Sequence[Collection], counts: Callable[[str], int]) -> str:
    """Show who owns and who reads each collection; `counts` gives the number of documents by name."""
    rows = "".join(
        f"<tr><td>{escape(c.name)}</td><td class='number'>{counts(c.name)}</td><td>{escape(c.owner or 'nobody')}</td>"
        f"<td>{escape(readers(c))}</td></tr>"
        for c in found
    )
    head = "<tr><th>Collection</th><th>Documents</th><th>Owner</th><th>Readers</th></tr>"
    return f"<table class='list'><thead>{head}</thead><tbody>{rows}</tbody></table>"


def readers(collection: Collection) -> str:
    """Say in words who may read a collection."""
    if collection.readers is None:
        return "everybody"
    names = [*([collection.owner] if collection.owner else []), *collection.readers]
    return ", ".join(dict.fromkeys(names)) or "only whoever runs this machine"


def findings(found: Findings | None, asked: str = "", judge: Judge | None = None) -> str:
    """Show what a search found, and what each part of it says of every passage.

    Args:
        found: None before anything was searched.
        asked: the question as it was typed.
        judge: what the relevance was judged by; by default as it is shipped.
    """
    if found is None:
        return "<p class='quiet'>Ask something to see which passages are found, and why.</p>"
    if not found.hits:
        return "<p class='quiet'>Nothing is found: there is no document in what was searched.</p>"
    reranked = any(hit.rerank is not None for hit in found.hits)
    head = ["#", "Passage", "Fused", "By vectors", "By words", *(["Reranked"] if reranked else [])]
    rows = "".join(_hit(number, hit, reranked=reranked) for number, hit in enumerate(found.hits, start=1))
    searched = (
        f"<p>Searched for: <b>{escape(found.question)}</b></p>" if found.question.strip() != asked.strip() else ""
    )
    titles = "".join(f"<th>{title}</th>" for title in head)
    return (
        f"{searched}{relevance(found, judge or Judge.shipped())}"
        f"<table class='list hits'><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table>"
    )


def relevance(found: Findings, judge: Judge) -> str:
    """Show how near the passages come, against the threshold."""
    verdict = "would be answered" if found.answerable else "nothing in the documents comes near this"
    return (
        f"<p><b class='state {'ready' if found.answerable else 'failed'}'>{verdict.capitalize()}.</b> "
        f"Relevance {found.relevance:.2f}, threshold {found.threshold:.2f} ({_fitted(judge)})</p>"
        f"<div class='scale' role='meter' aria-valuemin='0' aria-valuemax='1' aria-valuenow='{found.relevance:.2f}' "
        f"aria-label='Relevance'><div class='fill' style='width:{_percent(found.relevance)}'></div>"
        f"<div class='limit' style='left:{_percent(found.threshold)}'></div></div>"
    )


def _fitted(judge: Judge) -> str:
    """Say what the threshold was fitted to, and when."""
    if judge == Judge.shipped():
        return SHIPPED
    return f"{FITTED} on {judge.fitted_at[:10]}, by {judge.questions} questions" if judge.fitted_at else FITTED


def _hit(number: int, hit: Hit, *, reranked: bool) -> str:
    passage = hit.passage
    where = place(passage.location.as_json())
    address = escape(link(passage.document_id, passage.start, passage.end))
    cells = [
        f"<td class='number'>{number}</td>",
        f"<td><a href='{address}' target='_blank' rel='noopener'>{escape(passage.title)}</a>"
        f"{f'<br><small>{escape(where)}</small>' if where else ''}"
        f"<details><summary>{escape(_short(passage.text))}</summary>{escape(passage.text)}</details></td>",
        f"<td class='number'>{hit.fused:.4f}</td>",
        f"<td class='number'>{_rank(hit.dense_rank)}<br><small>cosine {passage.similarity:.3f}</small></td>",
        f"<td class='number'>{_rank(hit.fulltext_rank)}<br><small>{_figure('BM25 ', hit.fulltext_score)}</small></td>",
    ]
    cells += [f"<td class='number'>{_figure('', hit.rerank)}</td>"] if reranked else []
    return f"<tr>{''.join(cells)}</tr>"


def _rank(rank: int | None) -> str:
    return "–" if rank is None else f"no. {rank}"


def _figure(name: str, value: float | None) -> str:
    return "" if value is None else f"{name}{value:.2f}"


def _short(text: str, most: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rsplit(" ", 1)[0] + " …"


def _percent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _time(moment: Any) -> str:
    return str(moment)[:16].replace("T", " ")
