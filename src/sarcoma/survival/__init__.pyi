from .counting import *
from .curves import *
from .multistate import *
from .pairs import *
from .regression import *
from .transforms import *
