//! The table as a picture: a line for each scenario, a dot for each library at its ratio to raw, on a logarithmic scale.

use crate::contestants::CONTESTANTS;
use crate::report::ratios;

/// One line: what it is called, and the rounds as measured.
pub(crate) type Row = (&'static str, Vec<Vec<Option<f64>>>);

const WIDTH: f64 = 960.0;
/// Where the scale begins: to the left stand the scenarios' names.
const LEFT: f64 = 290.0;
const TOP: f64 = 70.0;
const STEP: f64 = 26.0;

/// The ends of the scale, in times raw.
const LEAST: f64 = 0.125;
const MOST: f64 = 16.0;

/// Told apart by those who see few colours, too; raw's is not drawn.
const COLOURS: [&str; 7] = ["", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#666666"];

pub(crate) fn svg(title: &str, rows: &[Row]) -> String {
    let bottom = TOP + STEP * rows.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" font-family=\"sans-serif\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        bottom + 40.0
    );
    out += &text(10.0, 20.0, "start", title);
    for (place, contestant) in CONTESTANTS.iter().enumerate().skip(1) {
        let x = LEFT + 90.0 * (place - 1) as f64;
        out += &dot(x, 41.0, place);
        out += &text(x + 10.0, 45.0, "start", contestant.name);
    }
    let mut tick = LEAST;
    while tick <= MOST {
        let (x, width) = (across(tick), if tick == 1.0 { 2 } else { 1 });
        let colour = if tick == 1.0 { "#000" } else { "#ddd" };
        out +=
            &format!("<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\n");
        let label = if tick == 1.0 { "raw".into() } else { format!("{tick} ×") };
        out += &text(x, bottom + 20.0, "middle", &label);
        tick *= 2.0;
    }
    for (line, (about, rounds)) in rows.iter().enumerate() {
        let y = TOP + STEP * (line as f64 + 0.5);
        out += &text(LEFT - 12.0, y + 4.0, "end", about);
        for place in (1..CONTESTANTS.len()).rev() {
            let Some([low, middle, high]) = ratios(rounds, place) else { continue };
            out += &format!(
                "<path d=\"M{:.1} {y:.1}H{:.1}\" stroke=\"{}\" stroke-width=\"3\" opacity=\"0.4\"/>\n",
                across(low),
                across(high),
                COLOURS[place]
            );
            out += &dot(across(middle), y, place);
        }
    }
    out + "</svg>\n"
}

/// Where a ratio stands. What is beyond the scale stands at its end.
fn across(ratio: f64) -> f64 {
    let part = (ratio.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    LEFT + part * (WIDTH - LEFT - 30.0)
}

fn dot(x: f64, y: f64, place: usize) -> String {
    // Ours is the one that is looked for.
    let radius = if place == 1 { 6 } else { 4 };
    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{}\"/>\n", COLOURS[place])
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_library_that_took_part_has_a_dot() {
        let mut round = vec![None; CONTESTANTS.len()];
        (round[0], round[1], round[3]) = (Some(10.0), Some(5.0), Some(40.0));
        let picture = svg("a & b", &[("tell", vec![round])]);
        // Six of them are the legend's.
        assert_eq!(picture.matches("<circle").count(), 6 + 2);
        assert!(picture.contains("a &amp; b"));
    }
}
