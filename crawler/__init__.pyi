from crawler.engine.run import crawl as crawl
from crawler.settings import Settings as Settings
from crawler.version import __version__ as __version__
