"""A figure: every shape and line of one sitter, in the order in which they are laid down."""

from __future__ import annotations

from portraitset.demo.portraits import anatomy, attire, hair, hats
from portraitset.demo.portraits.shapes import Parts
from portraitset.demo.portraits.sitter import Pose


def figure(pose: Pose) -> Parts:
    """Return a sitter from the hair behind the shoulders to the hat in front of the brow."""
    sitter = pose.sitter
    parts = hair.back(pose) + anatomy.neck(pose) + attire.COLLARS[sitter.collar](pose)
    parts += anatomy.ears(pose) + anatomy.head(pose)
    if sitter.beard:
        parts += attire.BEARDS[sitter.beard](pose)
    parts += anatomy.features(pose) + hair.front(pose)
    if sitter.earrings:
        parts += attire.earrings(pose)
    if sitter.hat:
        parts += hats.HATS[sitter.hat](pose)
    if sitter.glasses:
        parts += attire.spectacles(pose)
    return parts
