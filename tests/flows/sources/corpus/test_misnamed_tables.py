"""Tables that are no workbook but are named so, as web applications export them."""

from typing import Any

import pytest

XML = """<?xml version="1.0"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="z"><NumberFormat ss:Format="00000"/></Style></Styles>
<Worksheet ss:Name="People"><Table>
<Column/><Column ss:Hidden="1"/><Column ss:Span="2"/>
<Row><Cell><Data ss:Type="String">Name</Data></Cell><Cell><Data ss:Type="String">Old</Data></Cell>
<Cell><Data ss:Type="String">Zip</Data></Cell><Cell><Data ss:Type="String">Born</Data></Cell>
<Cell><Data ss:Type="String">Vip</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">Ann &amp; Bob</Data>
<Comment><ss:Data>not a cell</ss:Data></Comment></Cell>
<Cell ss:Index="3" ss:StyleID="z"><Data ss:Type="Number">2134</Data></Cell>
<Cell><Data ss:Type="DateTime">1985-03-04T00:00:00.000</Data></Cell><Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="String">Cid</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Dee</Data></Cell><Cell ss:Index="3"><Data ss:Type="Error">#N/A</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Old"><Table><Row><Cell><Data ss:Type="String">Name</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Eve</Data></Cell></Row></Table>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
</Workbook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_xml_spreadsheet(read_bytes: Any, encoding: str) -> None:
    outcome = read_bytes(XML.encode(encoding), "a.xls")
    people, hidden_rows, old = outcome.sheets.values()
    assert people.header == ["Name", "Old", "Zip", "Born", "Vip"]
    assert (people.hidden_columns, people.is_hidden, hidden_rows.is_hidden, old.is_hidden) == (
        ["Old"],
        False,
        True,
        True,
    )
    assert outcome.rows == [
        ["Ann & Bob", "", "02134", "1985-03-04", "TRUE"],
        ["Dee", "", "", "", ""],
        ["Cid", "", "", "", ""],
        ["Eve"],
    ]
    assert outcome.faults == [("cell_error", 4, "Zip")]


def test_times_and_inherited_styles_of_an_xml_spreadsheet(read_bytes: Any) -> None:
    """A cell has the style of its row or column; a time stands on the day before the first one."""
    cells = "".join(
        f'<Cell ss:Index="{at}"{style}><Data ss:Type="{kind}">{text}</Data></Cell>'
        for at, style, kind, text in [
            (3, "", "Number", "2134"),
            (4, "", "DateTime", "1899-12-31T13:20:01.000"),
            (5, ' ss:StyleID="h"', "DateTime", "1933-10-18T16:17:36.960"),
            (6, "", "DateTime", "1899-12-29T19:12:00.000"),
        ]
    )
    content = XML.replace('<Column ss:Span="2"/>', '<Column ss:StyleID="z"/>').replace(
        "<Styles>", '<Styles><Style ss:ID="h"><NumberFormat ss:Format="[h]:mm:ss"/></Style>'
    )
    content = content.replace(
        '<Row ss:Hidden="1">', f'<Row ss:Hidden="1" ss:Span="1"/><Row ss:Index="6">{cells}</Row><Row>'
    )
    outcome = read_bytes(content.encode(), "a.xls")
    assert outcome.rows[1] == ["", "", "02134", "13:20:01", "296296:17:37", "-1.2"]
    assert outcome.sheets["People"].rows_count == 4


@pytest.mark.parametrize("control", ["&#7;", "&#x1F;", "\x0b"])
def test_an_xml_spreadsheet_with_control_characters(read_bytes: Any, control: str) -> None:
    """Excel writes references to them, which no XML parser takes."""
    assert read_bytes(XML.replace("Dee", f"{control}Dee").encode(), "a.xls").rows[1][0] == "Dee"


@pytest.mark.parametrize(
    "content",
    [XML[:900], XML.replace("<Workbook ", '<!DOCTYPE a [<!ENTITY b "c">]><Workbook ')],
    ids=["cut", "entities"],
)
def test_xml_spreadsheets_that_are_refused(read_bytes: Any, content: str) -> None:
    assert read_bytes(content.encode(), "a.xls").refused == "unreadable"


def test_an_xml_spreadsheet_with_a_far_cell(read_bytes: Any) -> None:
    far = XML.replace('<Row ss:Index="3">', '<Row ss:Index="99999999">')
    assert read_bytes(far.encode(), "a.xls").refused == "too_large"


HTML = """<html><head><meta http-equiv="Content-Type" content="text/html; charset={}"><style>td {{x:y}}</style></head>
<body><table border=1><tr><th>Name<th>Zip<th colspan="2">Phone</tr>
<tr><td>Zo&euml; <b>M\u00fcller</b></td><td>02134</td><td>1<br>2</td><td>&nbsp;</td></tr>
<tr style="display: none"><td>Cid</td><td>3</td></tr>
<tr><td rowspan="2">Dee</td><td>4</td></tr><tr><td>5</td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "windows-1252"])
def test_an_html_table(read_bytes: Any, encoding: str) -> None:
    outcome = read_bytes(HTML.format(encoding).encode(encoding), "a.xls")
    assert outcome.header == ["Name", "Zip", "Phone"]
    assert outcome.rows == [
        ["Zo\u00eb M\u00fcller", "02134", "1\n2"],
        ["Dee", "4", ""],
        ["Dee", "5", ""],
        ["Cid", "3", ""],
    ]
    assert [sheet.is_hidden for sheet in outcome.sheets.values()] == [False, True]


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx"])
@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_delimited_text_named_as_a_workbook(read_bytes: Any, name: str, delimiter: str) -> None:
    lines = ["Name,Zip", "Zo\u00eb,02134"]
    content = "\r\n".join(line.replace(",", delimiter) for line in lines).encode("cp1252")
    assert read_bytes(content, name).rows == [["Zo\u00eb", "02134"]]
