"""The SQL that the SQLite store runs, a constant each, by the noun it is about."""

from crawler.store.statements.closer import *
from crawler.store.statements.documents import *
from crawler.store.statements.nearness import *
from crawler.store.statements.pages import *
from crawler.store.statements.runs import *
from crawler.store.statements.verdicts import *
