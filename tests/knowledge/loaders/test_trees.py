"""XML is read by what it is, and reaches for nothing outside of itself."""

from pathlib import Path

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load

FEED = """<rss version="2.0"><channel><title>News</title><item><title>Open again</title><pubDate>Mon, 1 Jan</pubDate>
<description>&lt;p&gt;The &lt;b&gt;kitchen&lt;/b&gt; is open.&lt;/p&gt;</description></item></channel></rss>"""
ARTICLE = """<article><front><article-meta><title-group><article-title>Ducks</article-title></title-group>
<abstract><p>Short.</p></abstract></article-meta></front><body><sec><title>Methods</title><p>We <i>count</i> them
<xref>1</xref>.</p><table-wrap><label>Table 1</label><table><thead><tr><th>Lake</th><th>Ducks</th></tr></thead>
<tbody><tr><td>North</td><td>12</td></tr></tbody></table></table-wrap></sec></body></article>"""


def test_items_of_a_feed_are_sections():
    content = load("a.rss", FEED.encode())
    assert content.title == "News"
    assert content.sections[-1].headings == ("News", "Open again")
    assert content.text.endswith("Mon, 1 Jan\n\nThe kitchen is open.")


def test_an_atom_feed_is_read_too():
    feed = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Log</title><entry><title>One</title><summary>Words'
    assert load("a.xml", f"{feed}</summary></entry></feed>".encode()).text == "Log\n\nOne\n\nWords"


def test_an_article_keeps_its_sections_and_tables():
    content = load("a.xml", ARTICLE.encode())
    assert [section.headings for section in content.sections] == [("Ducks", "Abstract"), ("Ducks", "Methods")]
    assert content.text.endswith("We count them 1.\n\nTable 1\nLake: North; Ducks: 12")


def test_other_xml_is_read_by_its_elements():
    xml = "<staff><p>Our <b>people</b>.</p><one><name>Ada</name><room>12</room></one><key lost='yes'/></staff>"
    assert load("a.xml", xml.encode()).text == "Our people.\none: name: Ada; room: 12\nkey: lost: yes"


def test_no_file_is_fetched(tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden words", encoding="utf-8")
    xml = f'<!DOCTYPE l [<!ENTITY x SYSTEM "{secret.as_uri()}">]><l>Text &x; end</l>'
    assert load("a.xml", xml.encode()).text == "Text end"


def test_no_entity_is_expanded():
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(9))
    content = load("a.xml", f"<!DOCTYPE l [{bomb}]><l>Text &a8; &a0;</l>".encode())
    assert "Text" in content.text
    assert "ha" not in content.text


def test_broken_xml_is_read_up_to_the_break_and_noted():
    content = load("a.xml", b"<a>\n<b>Words</b>\n<c>More")
    assert "Words" in content.text
    assert "line 3" in content.notes[0]


def test_xml_without_any_words_before_the_break_is_refused():
    with pytest.raises(UnreadableFile, match="line 1"):
        load("a.xml", b"<a><b></a>")
