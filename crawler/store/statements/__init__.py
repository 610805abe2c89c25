"""The SQL that the store runs on either engine, a constant each, by the noun it is about."""

from crawler.store.statements.documents import *
from crawler.store.statements.looks import *
from crawler.store.statements.moves import *
from crawler.store.statements.nearness import *
from crawler.store.statements.notes import *
from crawler.store.statements.pages import *
from crawler.store.statements.runs import *
from crawler.store.statements.verdicts import *
