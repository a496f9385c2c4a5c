#!/usr/bin/env bash
# Makes the two bundled models from the data folder, step by step; every step can be interrupted and run again.
#   recipes/bundled.sh DATA_FOLDER
# Takes about six hours on two cores. The hashes of the data that each stage saw are in recipes/*.data.json.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1
person_weights=$data/init/mobilenetv2_deeplabv3_coco_voc.npz
export OMP_WAIT_POLICY=PASSIVE # threads that spin while they wait slow down the process that prepares the samples

fittingroom train recipes/default-1.toml --data "$data" --out runs/default-1
fittingroom export runs/default-1/checkpoint.pt --recipe recipes/default-1.toml --card recipes/teacher.card.toml \
  --int8 "$data/street-unlabelled/images" --out runs/teacher

# Photos without labels get some from the model so far. Every tenth portrait is left out, to be looked at afterwards; no
# group photograph is trained on.
label_photos() { # MODEL OUT
  fittingroom label "$1" "$data/street-unlabelled/images" --person-weights "$person_weights" \
    --tags "$data/street-unlabelled/tags.csv" --tag-table recipes/tags.toml --max-ignored 0.4 --out "$2/street"
  cp "$data/street-unlabelled/pose.npz" "$2/street/"
  fittingroom label "$1" "$data/portraits" --person-weights "$person_weights" --leave-out-every 10 \
    --long-sides 224,320,448 --max-ignored 0.8 --out "$2/portraits"
}

label_photos runs/teacher runs/labelled
fittingroom train recipes/default-2.toml --data "$data" --out runs/default-2
fittingroom export runs/default-2/checkpoint.pt --recipe recipes/default-2.toml --card recipes/teacher-2.card.toml \
  --out runs/teacher-2

label_photos runs/teacher-2 runs/labelled-3
fittingroom train recipes/default-3.toml --data "$data" --out runs/default-3
fittingroom export runs/default-3/checkpoint.pt --recipe recipes/default-3.toml --card recipes/teacher-3.card.toml \
  --out runs/teacher-3

# Photos whose tags name a hat, a scarf, tights, gloves or sunglasses that their labels lack are labelled anew, or left out.
fittingroom label runs/teacher-3 "$data/street-unlabelled/images" --person-weights "$person_weights" \
  --tags "$data/street-unlabelled/tags.csv" --tag-table recipes/tags.toml --max-ignored 0.4 \
  --mend runs/labelled-3/street --out runs/labelled-4/street
cp "$data/street-unlabelled/pose.npz" runs/labelled-4/street/
cp -r runs/labelled-3/portraits runs/labelled-4/
fittingroom train recipes/default-4.toml --data "$data" --out runs/default-4
fittingroom train recipes/default-5.toml --data "$data" --out runs/default-5

# The default looks at the whole picture and computes in floats: in 8 bits it sees things in dark pictures. fast is the
# third stage, which is half as large, in 8 bits.
for preset in default fast; do
  case $preset in
    default) stage=5 how=(--half --weights) ;;
    fast) stage=3 how=(--int8 "$data/street-unlabelled/images") ;;
  esac
  export=(fittingroom export "runs/default-$stage/checkpoint.pt" --recipe "recipes/default-$stage.toml"
    --card "recipes/$preset.card.toml" --out "src/fittingroom/bundled/$preset" "${how[@]}")
  "${export[@]}"
  fittingroom evaluate "$data/street-parsing" --split val --schema fine --model $preset --json "recipes/$preset.val.json"
  "${export[@]}" --measured "recipes/$preset.val.json" # once more, now that its figures are known
done
