#!/usr/bin/env python3
"""judge.py MADRIGAL FOLDER [SCENE...]

Forests of Samba, two of them filled with the people of examples/abc-xyz, share one address list. What comes of it is
looked at with OpenLDAP's clients. `forests.sh` makes the forests in FOLDER and runs this.
"""

import shutil
import sys
import time

import changes
import controllers
import exchange
import faults
import loading
import third
import undoing
from witness import Failed
from world import World, fill

# Each on the two forests as the first load left them, with a store that has read them.
SCENES = [
    loading.jed_hill,
    changes.changes,
    changes.containers,
    changes.lists,
    changes.groups,
    changes.in_groups,
    changes.delegation,
    undoing.undone_deletes,
    faults.store_lost,
    faults.put_back,
    faults.another_forest,
    faults.stopped_server,
    faults.wrong_ways_in,
    faults.rights,
    faults.other_ways,
    controllers.naming_contexts,
    controllers.fallback,
    controllers.joined,
    exchange.address_lists,
    exchange.update_recipient,
    exchange.somebody_elses,
    exchange.without_exchange,
    # These begin with forests of their own.
    faults.cut_connections,
    third.mesh_and_hub,
    third.mover,
]


def run(world, scene, prepare=None):
    began = time.monotonic()
    try:
        if prepare:
            prepare()
        scene(world)
    except Failed as error:
        print(f"forests: {scene.__name__}: {error}", file=sys.stderr)
        sys.exit(1)
    print(f"forests: {scene.__name__}: {scene.__doc__.splitlines()[0]} ({time.monotonic() - began:.1f} s)", flush=True)


def main(binary, folder, *chosen):
    world = World(binary, folder)
    shutil.rmtree(world.folder / "work", ignore_errors=True)

    def filled():
        world.reset()
        for name in ("abc", "xyz"):
            fill(world, name)
        world.keep("filled")

    run(world, loading.first_load, filled)
    world.keep("loaded")
    main_one = world.madrigal()
    stored = main_one.stored()

    def again():
        world.restore("loaded")
        main_one.configure(world.configuration())
        main_one.put_back(stored)

    for scene in SCENES:
        if not chosen or scene.__name__ in chosen:
            run(world, scene, again)
    world.stop(*world.running)


if __name__ == "__main__":
    main(*sys.argv[1:])
