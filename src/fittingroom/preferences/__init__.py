"""What suits whom: who tried on, kept and liked what, and what to show them next.

Nothing here is needed for parsing or trying on, and nothing of it runs until somebody opens a `Store`::

    with Store.open("preferences.db") as store:
        key = store.create_profile(Consent(history=True))
        store.record(key, [TryOn("scarf-silk", "scarf", "kept")])
        adviser = Adviser(store, Wardrobe().entries(), retention_days=365)
        for found in adviser.recommend(store.history(key), Wish(count=5)):
            print(found.item_id, found.reason.en)
"""

from fittingroom.preferences.adviser import Adviser
from fittingroom.preferences.recommending import Recommendation, Recommender, Wish
from fittingroom.preferences.records import Consent, History, ProfileKey, TryOn
from fittingroom.preferences.store import Store

__all__ = [
    "Adviser",
    "Consent",
    "History",
    "ProfileKey",
    "Recommendation",
    "Recommender",
    "Store",
    "TryOn",
    "Wish",
]
