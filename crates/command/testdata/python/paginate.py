"""Answers, one JSON line each, what botocore's paginator makes of pages: the calls it makes, the joined answer, the pages."""

import json
import sys

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.paginate import Paginator

LOADER = Loader()


def answer(case):
    config = LOADER.load_service_model(case["service"], "paginators-1")["pagination"][case["operation"]]
    model = ServiceModel(LOADER.load_service_model(case["service"], "service-2"))
    calls, pages = [], iter(case["pages"])

    def method(**arguments):
        calls.append(dict(arguments))
        return next(pages)

    wanted = {"MaxItems": case["max_items"], "PageSize": case["page_size"], "StartingToken": case["starting_token"]}
    walk = Paginator(method, config, model.operation_model(case["operation"])).paginate(PaginationConfig=wanted)
    whole = walk.build_full_result()
    return {"calls": calls, "whole": whole}


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except Exception as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(said) + "\n")
