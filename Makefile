# Shorthands for ./run, for those who have make.
.PHONY: demo test pins
demo:
	./run demo
test:
	./run test
pins:
	scripts/pin.sh
