package dev.caravan.routes.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.routes.files.RouteFile;
import dev.caravan.routes.files.RouteFileReader;
import dev.caravan.routes.files.RouteText;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What a layout leaves as it is; that Camel reads the same, RoutesApiTest shows. */
class RouteLayoutTest {
    private static final RouteFileReader READER =
            new RouteFileReader(2_000_000, new AllowedClasses(Set.of()), text -> text);

    static Stream<Path> shipped() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/resources"))) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml")).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void leavesWhatCaravanShips(Path file) throws Exception {
        String text = Files.readString(file);
        assertThat(formatted(text)).isEqualTo(text);
        assertThat(formatted(text.replace("\n", "\r\n"))).isEqualTo(text);
    }

    /** All of a file in one line, as JSON, which is YAML: nothing is left but what it means. */
    @ParameterizedTest
    @MethodSource("shipped")
    void laysOutWhatStandsInOneLine(Path file) throws Exception {
        Object content = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        String line = json(content);
        String text = formatted(line);
        assertThat(text.lines().count()).isGreaterThan(5);
        assertThat(revisions(text)).isEqualTo(revisions(line));
    }

    @Test
    void writesOutWhatIsLeftOut() throws RoutesRejected {
        assertThat(
                        formatted(
                                """
                        # head 😀

                        - route: # after route
                            id: job-x
                            from:
                              uri: direct:job-x
                              parameters: {a: "b", 'c': 'd'} # flow
                              steps:
                              # before the first


                              - filter: # why
                                  simple: "${body} == '{{caravan.name:there}}'"
                                  steps:
                                  - log: "hi"   # logs

                                  # at the end of the filter
                              # before the body
                              - setBody:
                                  simple: >-
                                     folded
                                     text # no comment

                                       deeper
                                  # after the text
                              - to: direct:y # inline
                              - choice:
                                  when:
                                  - {simple: "x", steps: [{log: a}, {to: "direct:b"}]}
                                  - simple: "a
                                      b"
                                    steps: [ # in brackets
                                      log: c, # first
                                      log: d
                                      ]
                                  otherwise:
                                    steps: []
                        # between

                        - route: {id: y, from: {uri: "direct:y", steps: [{stop: {}}]}}
                        # end"""))
                .isEqualTo(
                        """
                        # head 😀

                        - route: # after route
                            id: job-x
                            from:
                              uri: direct:job-x
                              parameters:
                                a: "b"
                                'c': 'd' # flow
                              steps:
                                # before the first

                                - filter: # why
                                    expression:
                                      simple:
                                        expression: "${body} == '{{caravan.name:there}}'"
                                    steps:
                                      - log:
                                          message: "hi" # logs

                                    # at the end of the filter
                                # before the body
                                - setBody:
                                    expression:
                                      simple:
                                        expression: >-
                                          folded
                                          text # no comment

                                            deeper
                                    # after the text
                                - to:
                                    uri: direct:y # inline
                                - choice:
                                    when:
                                      - expression:
                                          simple:
                                            expression: "x"
                                        steps:
                                          - log:
                                              message: a
                                          - to:
                                              uri: "direct:b"
                                      - expression:
                                          simple:
                                            expression: "a
                                              b"
                                        steps: # in brackets
                                          - log:
                                              message: c # first
                                          - log:
                                              message: d
                                    otherwise:
                                      steps: []
                        # between

                        - route:
                            id: y
                            from:
                              uri: "direct:y"
                              steps:
                                - stop: {}
                        # end
                        """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|\n            a\n              b\n",
                "|2\n             a\n            b\n",
                ">+ # kept\n            a\n\n\n",
                "|-\n            # no comment\n            a\tb\n",
                "# beside\n            plain\n             text # after\n            # below\n",
                "# beside\n            |\n             text\n",
                "'it''s\n\n  a # text'\n",
                "\"a\\\n            \\ b\" # 1\n            # 2\n",
                "!!str 5 # tagged\n",
                "&a 5 # anchored\n",
                "|\n            a\n               \n",
                "|\n\n",
                "\n",
                "~ # nothing\n",
            })
    void keepsTextsAndComments(String value) throws RoutesRejected {
        String text =
                "- route:\n    id: a\n    from:\n      uri: direct:a\n      steps:\n      - setBody:\n          constant: "
                        + value + "      # last\n      - stop: {}";
        RouteFile before = READER.read("a", text.getBytes(UTF_8));
        String formatted = formatted(text);
        RouteFile after = READER.read("a", formatted.getBytes(UTF_8));
        assertThat(RouteLayout.comments(after))
                .isEqualTo(RouteLayout.comments(before))
                .contains("# last");
        assertThat(values(formatted)).isEqualTo(values(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parameters: &a {b: c}",
                "parameters: !x {b: c}",
                "parameters: {? {a: b} : c}",
                "? \"a\n  b\"\n      : c"
            })
    void refusesWhatHasNoPlaceInARouteFile(String option) {
        assertThatExceptionOfType(RoutesRejected.class)
                .isThrownBy(() -> formatted("- route:\n    id: a\n    from:\n      uri: direct:a\n      " + option))
                .satisfies(rejected -> assertThat(rejected.problems()).isNotEmpty());
    }

    @Test
    void takesALargeFile() throws RoutesRejected {
        String step = "      - log: 'step' # ".concat("😀".repeat(20)).concat("\n");
        String text = "- route:\n    id: a\n    from:\n      uri: direct:a\n      steps:\n" + step.repeat(9_000);
        assertThat(text.getBytes(UTF_8)).hasSizeGreaterThan(900_000);
        assertThat(formatted(text).lines().count()).isEqualTo(5 + 2 * 9_000);
    }

    /** Also that another time nothing is left to do. */
    private static String formatted(String text) throws RoutesRejected {
        String formatted = RouteLayout.of(READER.read("a", text.getBytes(UTF_8)));
        assertThat(RouteLayout.of(READER.read("a", formatted.getBytes(UTF_8)))).isEqualTo(formatted);
        return formatted;
    }

    private static List<String> revisions(String text) throws RoutesRejected {
        return READER.read("a", text.getBytes(UTF_8)).routes().stream()
                .map(RouteText::revision)
                .toList();
    }

    private static String json(Object content) throws JsonProcessingException {
        return new ObjectMapper().writeValueAsString(content);
    }

    /** What stands in the first step, however it is written out. */
    private static String values(String text) throws RoutesRejected {
        Object content = new Load(LoadSettings.builder().build()).loadFromString(text);
        try {
            return json(content).replaceAll("\"expression\":|[{}]", "");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
