# The two commands to start with: make demo, make test. Everything they need is installed or built by them.
.PHONY: demo test build install setup reports check lint benchmark fuzz clean

PREFIX ?= /usr/local

BUILD = swift build -c release --product inquest
INQUEST = .build/release/inquest

demo: build
	@mkdir -p demo-report
	@$(INQUEST) references build samples/references --output demo-report/references.store || [ $$? -eq 2 ]
	@echo
	@$(INQUEST) analyze samples/web-01 --references demo-report/references.store --policy samples/policies/site.yaml \
	  --trust-anchor samples/trust-anchors/lab-root.pem --output demo-report || [ $$? -eq 1 ]
	@echo
	@echo "Open demo-report/report.html in a browser. The story of the case: samples/README.md"

setup:
	@scripts/setup

build: setup
	@$(BUILD)

install: build
	install -D $(INQUEST) $(DESTDIR)$(PREFIX)/bin/inquest

test:
	@scripts/setup --tests
	swift build --build-tests
	SWIFT_BACKTRACE=enable=no swift test --skip-build

# Reports of the samples as they stand in the project; a change of theirs is a change of the product.
reports: build
	@scripts/make-reports $(INQUEST) reports

lint:
	swift format lint --recursive --strict Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources
	scripts/check-dependencies

# What continuous integration looks at beside the tests: same bytes on every run and any number of threads, valid reports.
check: build lint
	@scripts/check-reports $(INQUEST)

benchmark: setup
	swift run -c release --package-path Benchmarks replay-benchmark
	swift run -c release --package-path Benchmarks event-log-benchmark
	swift run -c release --package-path Benchmarks reference-benchmark
	swift run -c release --package-path Benchmarks container-benchmark

# One minute each of coverage-guided fuzzing of everything that reads evidence, carriers of event logs, measurement lists with their buffers and
# policies, file signatures, and references. Seeds are made by hand or from the samples.
FUZZ = swift build -c release --package-path Fuzz --sanitize=fuzzer --product
fuzz: setup
	@for kind in evidence carriers measurements signatures references; do \
	  target=Fuzz$$(echo $$kind | sed 's/./\U&/'); \
	  $(FUZZ) $$target && mkdir -p Fuzz/.build/corpus/$$kind && \
	  SWIFT_BACKTRACE=enable=no Fuzz/.build/release/$$target -max_total_time=60 -timeout=5 -rss_limit_mb=1024 \
	    -dict=Fuzz/inquest.dict -artifact_prefix=Fuzz/.build/ Fuzz/.build/corpus/$$kind Fuzz/Seeds/$$kind || exit 1; \
	done

clean:
	rm -rf .build demo-report Benchmarks/.build Fuzz/.build
