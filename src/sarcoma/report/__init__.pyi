from .data import as_data as as_data
from .document import Document as Document
from .text import TextReport as TextReport
from .validated import (
    validated_data as validated_data,
)
from .validated import (
    validated_document as validated_document,
)
from .validated import (
    validated_text as validated_text,
)
