from .data import as_data as as_data
from .document import Document as Document
from .paper import (
    PaperFigure as PaperFigure,
)
from .paper import (
    PaperTable as PaperTable,
)
from .paper import (
    figure_of_curves as figure_of_curves,
)
from .paper import (
    figure_of_hazards as figure_of_hazards,
)
from .paper import (
    table_of_baseline as table_of_baseline,
)
from .paper import (
    table_of_curves as table_of_curves,
)
from .paper import (
    table_of_hazards as table_of_hazards,
)
from .since import since_data as since_data
from .since import since_earlier as since_earlier
from .since import since_text as since_text
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
