//! What the pictures show: a scene for each group of questions, in this house's colours, with what is wrong where it is.

use ancu_shared::clock::SeededRandom;

use super::{Canvas, Colour, HEIGHT, WIDTH};

const WALLS: [Colour; 6] =
    [[214, 208, 192], [198, 210, 206], [222, 205, 180], [204, 204, 212], [216, 214, 204], [190, 198, 186]];
const WOODS: [Colour; 4] = [[120, 84, 54], [96, 70, 52], [140, 104, 70], [84, 92, 100]];
const RED: Colour = [190, 32, 30];
const GREEN: Colour = [22, 140, 72];
const DARK: Colour = [44, 46, 50];
const WHITE: Colour = [238, 238, 232];
const STEEL: Colour = [150, 154, 158];

/// Draws the scene that belongs to a question.
pub(super) fn draw(canvas: &mut Canvas, random: &mut SeededRandom, item: &str, failed: bool) {
    let wall = WALLS[random.below(WALLS.len())];
    let group = item.split('-').next().unwrap_or_default();
    match group {
        "ACC" | "STO" => facade(canvas, random, wall),
        "ESC" if random.below(2) == 0 => stairs(canvas, random, wall),
        "ESC" | "SMK" => corridor(canvas, random, wall, failed),
        "CON" | "EVC" => parking(canvas, random, wall, failed),
        "EMG" => balcony(canvas, random, wall, failed),
        "ELE" | "PWR" => panel(canvas, random, wall, failed),
        "GAS" | "HEA" => kitchen(canvas, random, wall),
        "ALM" => ceiling(canvas, random, wall),
        "EXT" | "WAT" => extinguishers(canvas, random, wall, group == "WAT"),
        "LGT" => sign(canvas, random, wall, failed),
        _ => paper(canvas, random),
    }
    if failed {
        // The officer's ring around what is meant.
        let (x, y) = (90 + random.below(280) as i32, 90 + random.below(150) as i32);
        for step in 0..48 {
            let turn = f64::from(step) * std::f64::consts::TAU / 48.0;
            canvas.disc(x + (turn.cos() * 52.0) as i32, y + (turn.sin() * 38.0) as i32, 2, [230, 60, 40]);
        }
    }
}

fn darker(colour: Colour, by: u8) -> Colour {
    colour.map(|channel| channel.saturating_sub(by))
}

fn some(random: &mut SeededRandom, from: i32, span: usize) -> i32 {
    from + random.below(span.max(1)) as i32
}

/// A room seen along its length: ceiling, floor, side walls, far wall.
fn room(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour) -> (i32, i32) {
    let far = (some(random, 200, 80), some(random, 130, 40));
    canvas.rect(0, 0, WIDTH, HEIGHT, wall);
    canvas.shape(&[(0, 0), (WIDTH, 0), (far.0 + 60, far.1 - 50), (far.0 - 60, far.1 - 50)], darker(WHITE, 20));
    let floor = [[142, 128, 112], [120, 122, 126], [156, 140, 118]][random.below(3)];
    canvas.shape(&[(0, HEIGHT), (WIDTH, HEIGHT), (far.0 + 60, far.1 + 70), (far.0 - 60, far.1 + 70)], floor);
    canvas.rect(far.0 - 60, far.1 - 50, 120, 120, darker(wall, 26));
    for tile in 1..5 {
        // Nearer tiles look longer and reach farther to the sides.
        let (down, depth) = ((HEIGHT - far.1 - 70) * tile * tile / 25, HEIGHT - far.1 - 70);
        let left = (far.0 - 60) * (depth - down) / depth;
        let right = far.0 + 60 + (WIDTH - far.0 - 60) * down / depth;
        canvas.run(far.1 + 70 + down, left, right, darker(floor, 24));
    }
    far
}

fn corridor(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, failed: bool) {
    let far = room(canvas, random, wall);
    let wood = WOODS[random.below(WOODS.len())];
    canvas.rect(far.0 - 26, far.1 - 26, 52, 96, wood);
    canvas.disc(far.0 + 18, far.1 + 24, 3, [214, 190, 90]);
    canvas.rect(far.0 - 22, far.1 - 44, 44, 14, GREEN);
    for side in [-1, 1] {
        for door in 0..2 {
            let x = far.0 + side * (95 + door * 75);
            let height = 130 + door * 60;
            let top = far.1 - 30 - door * 18;
            canvas.shape(
                &[(x - 16, top), (x + 16, top - side * 8), (x + 16, top + height), (x - 16, top + height - side * 8)],
                darker(wood, 14 * door as u8),
            );
        }
    }
    if failed {
        for heap in 0..3 {
            let (x, y) = (some(random, 60, 300), some(random, 236, 40));
            canvas.rect(x, y, 48 + heap * 10, 40, [168, 128, 84]);
            canvas.rect(x, y + 16, 48 + heap * 10, 4, [206, 180, 130]);
        }
    }
}

fn stairs(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour) {
    canvas.shade(0, HEIGHT, wall, darker(wall, 60));
    canvas.rect(some(random, 60, 110), 36, 64, 84, [176, 204, 224]);
    let (left, step) = (some(random, 40, 60), some(random, 22, 6));
    for number in 0..11 {
        let (x, y) = (left + number * 26, 320 - number * step);
        canvas.rect(x, y, WIDTH - x, step, darker([176, 166, 150], (number * 7) as u8));
        canvas.rect(x, y, WIDTH - x, 3, WHITE);
    }
    canvas.bar((left - 10, 250), (left + 290, 250 - 11 * step + 20), 7, DARK);
    for post in 0..6 {
        let x = left + post * 52;
        canvas.bar((x, 320 - post * 2 * step), (x, 250 - post * 2 * step + 4), 4, STEEL);
    }
}

fn facade(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour) {
    canvas.shade(0, HEIGHT, [156, 186, 212], [212, 218, 216]);
    canvas.rect(0, 290, WIDTH, 70, [112, 112, 114]);
    let (left, width) = (some(random, 90, 60), some(random, 190, 60));
    let storeys = some(random, 5, 4);
    let height = 250 / storeys;
    canvas.rect(left, 292 - storeys * height, width, storeys * height, wall);
    for storey in 0..storeys {
        let y = 292 - (storey + 1) * height;
        canvas.rect(left, y, width, 3, darker(wall, 50));
        for window in 0..3 {
            let x = left + 14 + window * (width - 20) / 3;
            let lit = random.below(4) == 0;
            canvas.rect(x, y + 9, width / 5, height - 16, if lit { [236, 210, 140] } else { [84, 104, 122] });
            canvas.rect(x - 3, y + height - 9, width / 5 + 6, 4, STEEL);
        }
    }
    canvas.rect(left + width / 2 - 22, 250, 44, 42, DARK);
    canvas.rect(left + width / 2 + 30, 254, 34, 16, [30, 70, 150]);
    canvas.rect(0, 60, left - 12, 232, darker(wall, 70));
    canvas.rect(left + width + 12, 90, WIDTH, 202, darker(wall, 56));
    for cable in 0..4 {
        canvas.bar((0, 40 + cable * 9), (WIDTH, some(random, 54, 30) + cable * 7), 2, DARK);
    }
}

fn parking(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, failed: bool) {
    room(canvas, random, darker(wall, 34));
    for bike in 0..some(random, 4, 3) {
        let (x, y) = (20 + bike * 76, some(random, 246, 30));
        let body = [[160, 30, 34], [34, 60, 120], [220, 220, 216], [40, 42, 46]][random.below(4)];
        canvas.disc(x + 10, y + 34, 15, DARK);
        canvas.disc(x + 10, y + 34, 7, STEEL);
        canvas.disc(x + 62, y + 34, 15, DARK);
        canvas.disc(x + 62, y + 34, 7, STEEL);
        canvas.shape(&[(x + 8, y + 12), (x + 56, y + 8), (x + 66, y + 28), (x + 24, y + 32)], body);
        canvas.bar((x + 12, y + 14), (x + 4, y - 10), 5, DARK);
        canvas.rect(x + 34, y + 2, 28, 9, [30, 30, 32]);
        if failed && bike == 1 {
            canvas.bar((x + 60, y + 10), (x + 90, 170), 3, [240, 190, 40]);
            canvas.rect(x + 84, 156, 16, 18, WHITE);
        }
    }
}

fn balcony(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, failed: bool) {
    canvas.shade(0, HEIGHT, [150, 184, 214], [226, 226, 218]);
    for block in 0..6 {
        let height = some(random, 60, 90);
        canvas.rect(block * 84, 250 - height, 76, 160, darker(wall, some(random, 30, 50) as u8));
    }
    canvas.rect(0, 290, WIDTH, 70, [150, 142, 132]);
    canvas.rect(0, 214, WIDTH, 8, DARK);
    for post in 0..24 {
        canvas.rect(post * 21, 214, 4, 78, DARK);
    }
    if failed {
        for bar in 0..16 {
            canvas.rect(bar * 31, 0, 6, 300, STEEL);
        }
        for bar in 0..5 {
            canvas.rect(0, 20 + bar * 44, WIDTH, 5, STEEL);
        }
        canvas.rect(300, 170, 30, 26, [200, 160, 50]);
    } else {
        let x = some(random, 280, 100);
        for rung in 0..9 {
            canvas.rect(x, 40 + rung * 26, 56, 5, [206, 170, 60]);
        }
        canvas.rect(x, 20, 6, 260, [206, 170, 60]);
        canvas.rect(x + 52, 20, 6, 260, [206, 170, 60]);
    }
}

fn panel(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, failed: bool) {
    canvas.shade(0, HEIGHT, wall, darker(wall, 30));
    let (x, y) = (some(random, 110, 60), some(random, 40, 30));
    canvas.rect(x, y, 220, 220, [196, 198, 196]);
    canvas.rect(x + 8, y + 8, 204, 204, [122, 126, 128]);
    for row in 0..3 {
        for column in 0..7 {
            let (left, top) = (x + 18 + column * 27, y + 22 + row * 64);
            canvas.rect(left, top, 22, 44, WHITE);
            let on = random.below(9) > 0;
            canvas.rect(left + 6, if on { top + 8 } else { top + 22 }, 10, 14, if on { DARK } else { RED });
        }
    }
    canvas.shape(&[(x + 240, y + 6), (x + 262, y + 44), (x + 218, y + 44)], [236, 196, 40]);
    if failed {
        for wire in 0..6 {
            let colour = [RED, [30, 60, 150], [230, 200, 40]][random.below(3)];
            canvas.bar((x + 20 + wire * 30, y + 210), (some(random, 60, 340), 358), 4, colour);
        }
    } else {
        canvas.rect(x + 100, y + 220, 22, 140, darker(wall, 40));
    }
}

fn kitchen(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour) {
    canvas.shade(0, HEIGHT, wall, darker(wall, 24));
    for tile in 0..12 {
        canvas.rect(tile * 42, 60, 2, 130, darker(wall, 34));
    }
    canvas.rect(0, 190, WIDTH, 14, [70, 66, 62]);
    canvas.rect(0, 204, WIDTH, 156, WOODS[random.below(WOODS.len())]);
    canvas.rect(some(random, 60, 60), 172, 130, 18, DARK);
    let x = some(random, 300, 80);
    let bottle = [[190, 190, 194], [60, 110, 170], [200, 70, 60]][random.below(3)];
    canvas.rect(x, 230, 74, 106, bottle);
    canvas.disc(x + 37, 232, 37, bottle);
    canvas.rect(x + 26, 180, 22, 24, STEEL);
    canvas.bar((x + 36, 184), (150, 178), 5, [220, 130, 50]);
}

fn ceiling(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour) {
    canvas.shade(0, 240, WHITE, darker(WHITE, 40));
    canvas.rect(0, 240, WIDTH, 120, wall);
    let (x, y) = (some(random, 160, 140), some(random, 70, 60));
    canvas.disc(x, y, 46, darker(WHITE, 30));
    canvas.disc(x, y, 40, [248, 248, 244]);
    canvas.disc(x, y, 17, [206, 206, 202]);
    canvas.disc(x + 26, y, 3, if random.below(3) == 0 { GREEN } else { RED });
    let bell = some(random, 60, 300);
    canvas.rect(bell, 262, 44, 44, RED);
    canvas.disc(bell + 22, 284, 13, WHITE);
    canvas.disc(bell + 74, 284, 22, RED);
    canvas.bar((x, y - 46), (x + some(random, 0, 60), 0), 6, [222, 222, 218]);
}

fn extinguishers(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, hydrant: bool) {
    canvas.shade(0, 270, wall, darker(wall, 18));
    canvas.rect(0, 270, WIDTH, 90, [130, 124, 116]);
    if hydrant {
        let x = some(random, 90, 80);
        canvas.rect(x, 50, 200, 230, RED);
        canvas.rect(x + 12, 62, 176, 206, [206, 210, 212]);
        canvas.disc(x + 90, 160, 62, [226, 216, 190]);
        canvas.disc(x + 90, 160, 44, [200, 188, 158]);
        canvas.disc(x + 90, 160, 16, DARK);
        canvas.bar((x + 130, 200), (x + 170, 250), 9, [196, 160, 60]);
        return;
    }
    for bottle in 0..some(random, 1, 3) {
        let (x, y) = (70 + bottle * 110 + some(random, 0, 30), some(random, 130, 24));
        canvas.rect(x, y, 50, 130, RED);
        canvas.disc(x + 25, y, 25, RED);
        canvas.rect(x + 16, y - 42, 18, 22, DARK);
        canvas.bar((x + 20, y - 36), (x - 14, y - 44), 6, DARK);
        canvas.bar((x + 34, y - 26), (x + 60, y + 40), 6, DARK);
        canvas.rect(x + 7, y + 34, 36, 44, WHITE);
        canvas.disc(x + 25, y - 12, 6, if random.below(3) == 0 { RED } else { GREEN });
    }
    let x = some(random, 350, 50);
    canvas.bar((x, 120), (x + 20, 262), 9, WOODS[0]);
    canvas.shape(&[(x - 16, 112), (x + 22, 104), (x + 26, 128), (x - 12, 134)], RED);
}

fn sign(canvas: &mut Canvas, random: &mut SeededRandom, wall: Colour, failed: bool) {
    canvas.shade(0, HEIGHT, darker(wall, 70), darker(wall, 110));
    let (x, y) = (some(random, 120, 60), some(random, 60, 40));
    let lit = if failed { darker(GREEN, 60) } else { GREEN };
    canvas.rect(x, y, 190, 84, lit);
    let white = if failed { darker(WHITE, 120) } else { WHITE };
    canvas.disc(x + 48, y + 20, 8, white);
    canvas.bar((x + 48, y + 28), (x + 42, y + 52), 9, white);
    canvas.bar((x + 42, y + 52), (x + 60, y + 72), 7, white);
    canvas.bar((x + 42, y + 52), (x + 24, y + 70), 7, white);
    canvas.rect(x + 96, y + 36, 50, 12, white);
    canvas.shape(&[(x + 146, y + 22), (x + 174, y + 42), (x + 146, y + 62)], white);
    canvas.rect(x + 20, y + 150, 150, 40, darker(WHITE, 20));
    for lamp in [x + 50, x + 140] {
        canvas.disc(lamp, y + 150, 22, if failed { [90, 90, 88] } else { [255, 250, 214] });
    }
}

fn paper(canvas: &mut Canvas, random: &mut SeededRandom) {
    canvas.shade(0, HEIGHT, WOODS[random.below(WOODS.len())], [92, 72, 56]);
    let (x, y) = (some(random, 100, 50), some(random, 14, 14));
    canvas.shape(&[(x, y + 8), (x + 236, y), (x + 250, y + 330), (x + 12, y + 336)], [244, 242, 232]);
    canvas.rect(x + 74, y + 30, 110, 8, DARK);
    for line in 0..15 {
        let width = some(random, 120, 84);
        canvas.rect(x + 30, y + 62 + line * 15, width, 4, [128, 128, 130]);
    }
    let (seal, row) = (x + some(random, 150, 30), y + some(random, 256, 24));
    for radius in [30, 22] {
        for step in 0..60 {
            let turn = f64::from(step) * std::f64::consts::TAU / 60.0;
            let at = f64::from(radius);
            canvas.disc(seal + (turn.cos() * at) as i32, row + (turn.sin() * at) as i32, 1, [204, 40, 44]);
        }
    }
}
