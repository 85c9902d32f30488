"""Trains the network that sets points right (`portraitset.detect.refiner`), on drawn portraits.

    pip install torch onnx onnxscript
    python benchmarks/refiner.py OUT.onnx [STEPS]

It draws some eight hundred portraits (a quarter of an hour on two cores), cuts their faces out
upright, and trains for STEPS (2,000; ten minutes on one core). Every batch is turned, scaled,
stretched, shifted, mirrored, blurred, tinted, lit, darkened and dotted anew, so that nothing stays
but where eyes and mouths are. No painting and no photograph is seen. The portraits of
benchmarks/detection.py have other seeds.
"""

import math
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from portraitset.demo.portraits import MANNERS
from portraitset.detect.cutting import cut_out
from portraitset.detect.refiner import SIDE, STRIDE, UNIT
from portraitset.landmarks import POINT_NAMES
from sitters import draw_sitter

SEEDS = (*range(17), *range(100, 130))
BATCH = 32
AROUND = 208
"""Side of what is kept of a portrait, so that a window can be moved and turned in it."""

MIDDLE = (SIDE - 1) / 2
CELLS = SIDE // STRIDE
SPOT = 5.0
"""Standard deviation of the heat that a point should have, pixels."""


class Network(nn.Module):
    """Heat maps of four points: a small U of convolutions, 207,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential(layer(3, 16, 2), layer(16, 24))
        self.b = nn.Sequential(layer(24, 32, 2), layer(32, 32))
        self.c = nn.Sequential(layer(32, 48, 2), layer(48, 48))
        self.d = nn.Sequential(layer(48, 64, 2), layer(64, 64), layer(64, 64))
        self.l3, self.l2 = nn.Conv2d(48, 64, 1), nn.Conv2d(32, 48, 1)
        self.u3, self.u2 = layer(64, 48), layer(48, 40)
        self.o = nn.Conv2d(40, 4, 1)

    def forward(self, windows: Tensor) -> Tensor:
        """float32 (n, 3, SIDE, SIDE) to (n, 4, CELLS, CELLS)."""
        fine = self.b(self.a(windows))
        middle = self.c(fine)
        middle = self.u3(enlarged(self.d(middle)) + self.l3(middle))
        return self.o(self.u2(enlarged(middle) + self.l2(fine)))


def layer(before: int, after: int, stride: int = 1) -> nn.Sequential:
    """A convolution, evened out and bent."""
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()
    )


def enlarged(maps: Tensor) -> Tensor:
    """Twice as large."""
    return functional.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False)


def main(output: Path, steps: int) -> None:
    """Draw, train, and write the network."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    with ProcessPoolExecutor(2) as pool:
        what = [(manner, seed) for seed in SEEDS for manner in MANNERS]
        cuts = list(pool.map(cut_portrait, what, chunksize=4))
    pictures = torch.from_numpy(np.stack([each[0] for each in cuts])).permute(0, 3, 1, 2)
    points = torch.from_numpy(np.stack([each[1] for each in cuts])).float()
    network = Network()
    train(network, pictures.contiguous(), points, steps)
    write(network, output)


def cut_portrait(what: tuple[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """A drawn face's surroundings, uint8 (AROUND, AROUND, 3), and its points there."""
    portrait = draw_sitter(*what)
    true = np.array([portrait.faces[0][name] for name in POINT_NAMES])
    cut = cut_out(np.asarray(portrait.image), true, unit=UNIT, side=AROUND)
    assert cut is not None
    placed = (true - cut.middle) @ cut.frame.T / cut.scale + (AROUND - 1) / 2
    return cut.window(0), placed


def train(network: nn.Module, pictures: Tensor, points: Tensor, steps: int) -> None:
    """Lead heat and points to where they belong."""
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    for step in range(steps):
        chosen = torch.randint(len(pictures), (BATCH,))
        windows, wanted = changed(pictures[chosen].float() / 255, points[chosen])
        with torch.autocast("cpu", torch.bfloat16):
            maps = network(windows)
        loss = missed(maps.float(), wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        if step % 100 == 0:
            sys.stderr.write(f"{step} {loss.item():.3f}\n")


def missed(maps: Tensor, wanted: Tensor) -> Tensor:
    """How far the maps' middles are from the points, and the maps from spots of heat there."""
    places = torch.arange(CELLS) * STRIDE + (STRIDE - 1) / 2
    heat = maps.flatten(2).softmax(-1).view_as(maps)
    found = torch.stack([(heat.sum(2) * places).sum(-1), (heat.sum(3) * places).sum(-1)], -1)
    across, down = (
        torch.exp(-((places - wanted[..., axis, None]) ** 2) / (2 * SPOT**2)) for axis in (0, 1)
    )
    spots = down[..., :, None] * across[..., None, :]
    spots = spots / (spots.sum((2, 3), keepdim=True) + 1e-6)
    cross = -(spots.flatten(2) * maps.flatten(2).log_softmax(-1)).sum(-1).mean()
    return functional.smooth_l1_loss(found, wanted, beta=2.0) + 0.3 * cross


def changed(pictures: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Windows as the product would cut them, and worse ones, with their points."""
    windows, placed = moved(pictures, points)
    windows = tinted(windows)
    windows = lit(windows) + torch.randn_like(windows) * torch.rand(len(windows), 1, 1, 1) * 0.08
    if torch.rand(()) < 0.3:
        side = int(torch.randint(8, 48, ()))
        left, top = (int(torch.randint(0, SIDE - side, ())) for _ in range(2))
        windows[:, :, top : top + side, left : left + side] = torch.rand(len(windows), 3, 1, 1)
    mean, spread = windows.mean((1, 2, 3), keepdim=True), windows.std((1, 2, 3), keepdim=True)
    return (windows - mean) / (spread + 0.05), placed


def moved(pictures: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Turned, scaled, stretched, shifted and mirrored."""
    count = len(pictures)
    angle, scale = even(count) * math.radians(20), torch.exp(even(count) * 0.18)
    stretch, shift = torch.exp(even(count) * 0.12), even(count, 2) * 7
    side = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = (
        torch.stack([cos * side * scale, -sin * scale * stretch], 1),
        torch.stack([sin * side * scale, cos * scale * stretch], 1),
    )
    matrix = torch.stack(rows, 1)
    steps = torch.arange(SIDE) - MIDDLE
    down, across = torch.meshgrid(steps, steps, indexing="ij")
    grid = torch.stack([across, down], -1).view(1, -1, 2) @ matrix.mT + shift[:, None]
    grid = (grid / (AROUND / 2)).view(count, SIDE, SIDE, 2)
    windows = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    placed = torch.linalg.solve(matrix, (points - (AROUND - 1) / 2 - shift[:, None]).mT).mT + MIDDLE
    mirrored = side < 0
    placed[mirrored] = placed[mirrored][:, [1, 0, 3, 2]]
    return windows, placed


def tinted(windows: Tensor) -> Tensor:
    """Contrast, colours, some grey, some inverted; blurred or not."""
    count = len(windows)
    mean = windows.mean((2, 3), keepdim=True)
    tint = torch.exp(even(count, 3, 1, 1) * 0.3)
    windows = (windows - mean) * torch.exp(even(count, 1, 1, 1) * 0.5) + mean * tint
    grey, mixed, inverted = (torch.rand(count) < share for share in (0.25, 0.3, 0.05))
    windows[grey] = windows[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    windows[mixed] = 0.6 * windows[mixed] + 0.4 * windows[mixed][:, torch.randperm(3)]
    windows[inverted] = 1 - windows[inverted]
    reach = (0, 0, 1, 2, 3)[int(torch.randint(5, ()))]
    padded = functional.pad(windows, (reach,) * 4, mode="replicate")
    return functional.avg_pool2d(padded, 2 * reach + 1, 1)


def lit(windows: Tensor) -> Tensor:
    """Lighter on one side than on the other."""
    slope = torch.linspace(-1, 1, SIDE)
    across, down = (even(len(windows), 1, 1, 1) * 0.4 for _ in range(2))
    return windows * (1 + across * slope[None, None, None, :] + down * slope[None, None, :, None])


def even(*shape: int) -> Tensor:
    """Evenly between -1 and 1."""
    return torch.rand(*shape) * 2 - 1


def write(network: nn.Module, output: Path) -> None:
    """Save the network, its evening out folded into its weights, and nothing of this machine."""
    network.eval()
    program = torch.onnx.export(
        network,
        (torch.zeros(1, 3, SIDE, SIDE),),
        input_names=["window"],
        output_names=["heat"],
        dynamo=True,
        external_data=False,
    )
    assert program is not None
    program.save(str(output), external_data=False)
    model = onnx.load(output)
    graph = model.graph
    del graph.value_info[:]
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.output):
        part.doc_string = ""
        del part.metadata_props[:]  # they name the files of whoever exported it
    model.producer_name, model.producer_version = "portraitset", ""
    onnx.save(model, output)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
