package dev.caravan.routes.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.routes.check.RouteOutline.Step;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.files.YamlText;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteOutlineTest {
    @Test
    void hasTheStepsOfARouteWithTheirLines() throws RoutesRejected {
        assertThat(
                        drawn(
                                """
                        # above
                        - route:
                            id: sums
                            from:
                              uri: direct:sums
                              steps:
                                - setVariable:
                                    name: by
                                    expression:
                                      simple:
                                        expression: "${body}"
                                # beside
                                - bean:
                                    ref: chatMessages
                                    method: check
                                - filter:
                                    jq: .x == 1
                                    steps:
                                      - to: direct:other
                                - unmarshal:
                                    json: {}
                                - stop: {}
                        """))
                .containsExactly(
                        "route sums 2-22",
                        "  from direct:sums 5-22",
                        "  setVariable by = ${body} 7-12",
                        "  bean chatMessages.check 13-15",
                        "  filter .x == 1 16-19",
                        "    to direct:other 19-19",
                        "  unmarshal json 20-21",
                        "  stop 22-22");
    }

    @Test
    void tellsBranchesFromSteps() throws RoutesRejected {
        assertThat(
                        drawn(
                                """
                        - route:
                            id: ways
                            from:
                              uri: timer:a
                              steps:
                                - choice:
                                    when:
                                      - simple: "${body} == 1"
                                        steps:
                                          - log: one
                                    otherwise:
                                      steps:
                                        - log:
                                            message: other
                                - doTry:
                                    steps:
                                      - to: {uri: direct:a, parameters: {b: c}}
                                    doCatch:
                                      - exception: [java.io.IOException]
                                        steps: [stop: {}]
                                    doFinally:
                                      steps: []
                                - multicast:
                                    parallelProcessing: true
                                    steps:
                                      - to: direct:a
                                      - to: direct:b
                        """))
                .containsExactly(
                        "route ways 1-27",
                        "  from timer:a 4-27",
                        "  choice 6-14",
                        "    | when ${body} == 1 8-10",
                        "        log one 10-10",
                        "    | otherwise 11-14",
                        "        log other 13-14",
                        "  doTry 15-22",
                        "    to direct:a 17-17",
                        "    | doCatch java.io.IOException 19-20",
                        "        stop 20-20",
                        "    | doFinally 21-22",
                        "  multicast parallelProcessing: true 23-27",
                        "    | to direct:a 26-26",
                        "    | to direct:b 27-27");
    }

    @Test
    void takesWhatIsNoRouteYet() throws RoutesRejected {
        assertThat(drawn("")).isEmpty();
        assertThat(drawn("route: x")).isEmpty();
        assertThat(drawn("- route:\n- route: {id: a}\n- from: {uri: direct:b}")).containsExactly("route a 2-2");
        assertThat(drawn("- route: {id: [b], from: {steps: [a, {}, [x], null, {sat: 1}]}}"))
                .containsExactly("route 1-1", "  from 1-1", "  a 1-1", "  null 1-1", "  sat 1 1-1");
    }

    @Test
    void isBounded() throws RoutesRejected {
        String start = "- route:\n    id: many\n    from:\n      uri: direct:many\n      steps:\n";
        RouteOutline outline = outline(start + "        - log: x\n".repeat(10_000));
        assertThat(outline.cut()).isTrue();
        assertThat(outline.routes().get(0).steps()).hasSize(RouteOutline.MAX_STEPS);
        Step wordy = outline(start + "        - log: " + "😀".repeat(1000) + "\n")
                .routes()
                .get(0)
                .steps()
                .get(1);
        assertThat(wordy.label()).isEqualTo("😀".repeat(59) + "…");
    }

    private static RouteOutline outline(String text) throws RoutesRejected {
        return RouteOutline.of(
                YamlText.read("a", text.getBytes(UTF_8), 1_000_000).root());
    }

    private static List<String> drawn(String text) throws RoutesRejected {
        List<String> lines = new ArrayList<>();
        outline(text).routes().forEach(route -> draw(lines, "", route));
        return lines;
    }

    private static void draw(List<String> lines, String before, Step step) {
        String label = step.label().isEmpty() ? "" : " " + step.label();
        lines.add(before + step.kind() + label + " " + step.line() + "-" + step.last());
        String indent = " ".repeat(before.length()) + "  ";
        step.steps().forEach(inner -> draw(lines, indent, inner));
        step.branches().forEach(branch -> draw(lines, indent + "| ", branch));
    }
}
