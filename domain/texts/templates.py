"""Texts' `.template` attributes as a channel approves them: gaps by number, nothing to choose. Never a rendering."""

from fluent.syntax import ast

from domain.conversation.messages import TemplateText

ATTRIBUTE = "template"


def templates_of(resource: ast.Resource) -> dict[str, TemplateText]:
    """By the text's key. Raises ValueError where one has more than words and variables."""
    return {
        entry.id.name: _template(entry.id.name, attribute.value)
        for entry in resource.body
        if isinstance(entry, ast.Message)
        for attribute in entry.attributes
        if attribute.id.name == ATTRIBUTE
    }


def _template(key: str, pattern: ast.Pattern) -> TemplateText:
    numbers: dict[str, int] = {}
    body = "".join(_element(key, element, numbers) for element in pattern.elements)
    return TemplateText(body, tuple(numbers))


def _element(key: str, element: ast.TextElement | ast.Placeable, numbers: dict[str, int]) -> str:
    if isinstance(element, ast.TextElement):
        return element.value
    if not isinstance(element.expression, ast.VariableReference):
        raise ValueError(f"{key}: a template has words and variables only")  # noqa: TRY004 (it is the file's fault)
    number = numbers.setdefault(element.expression.id.name, len(numbers) + 1)
    return f"{{{{{number}}}}}"
