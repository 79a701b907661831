package dev.caravan.routes.files;

import static dev.caravan.routes.Texts.bytes;
import static dev.caravan.routes.Texts.route;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caravan.routes.Texts;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text must be before Camel gets to see it. */
@Timeout(120)
class RouteFileReaderTest {
    private static final String FILE = "jobs/some.camel.yaml";
    private static final String GOOD = route("a", "Hello");

    private final RouteFileReader reader = Texts.reader();

    @Test
    void readsRoutesWithTheirPlaces() throws RoutesRejected {
        RouteFile file = reader.read(FILE, bytes("# Two routes.\n" + GOOD + "\n" + route("b-1", "Bye")));
        assertThat(file.name()).isEqualTo(FILE);
        assertThat(file.routes()).extracting(RouteText::id).containsExactly("a", "b-1");
        assertThat(file.routes()).extracting(RouteText::line).containsExactly(2, 11);
        assertThat(file.byId()).containsOnlyKeys("a", "b-1");
    }

    @ParameterizedTest
    @MethodSource
    void layoutAndCommentsDoNotMakeANewRevision(String text) throws RoutesRejected {
        assertThat(revision(text)).isEqualTo(revision(GOOD));
    }

    static Stream<String> layoutAndCommentsDoNotMakeANewRevision() {
        return Stream.of(
                "# A comment.\n\n" + GOOD,
                GOOD.replace("constant: Hello", "constant: Hello # a comment"),
                GOOD.replace("constant: Hello", "constant: \"Hello\""),
                GOOD.replace("\n", "\r\n"),
                "- route: {id: a, routeConfigurationId: propagate, from: {uri: 'direct:a', steps: [{setBody: {constant: Hello}}]}}",
                GOOD + route("b", "Bye"));
    }

    @ParameterizedTest
    @MethodSource
    void whatARouteDoesMakesANewRevision(String text) throws RoutesRejected {
        assertThat(revision(text)).isNotEqualTo(revision(GOOD));
    }

    static Stream<String> whatARouteDoesMakesANewRevision() {
        return Stream.of(
                GOOD.replace("Hello", "Hello!"),
                GOOD.replace("Hello", "hello"),
                GOOD.replace("    routeConfigurationId: propagate\n", ""),
                GOOD.replace("Hello", "1").replace("constant", "simple"),
                GOOD + "        - log: b\n",
                GOOD.replace("constant: Hello", "constant: [Hello]"));
    }

    @Test
    void aNumberIsNotItsText() throws RoutesRejected {
        assertThat(revision(route("a", "1"))).isNotEqualTo(revision(route("a", "'1'")));
    }

    private String revision(String text) throws RoutesRejected {
        return reader.read(FILE, bytes(text)).byId().get("a").revision();
    }

    /** SnakeYAML's buffers end between the two halves of one. */
    @Test
    void readsEmojiWhereverTheyStand() throws RoutesRejected {
        for (int pad = 0; pad < 2; pad++) {
            String text = GOOD + "\n#" + "x".repeat(pad) + "😀".repeat(3000);
            assertThat(reader.read(FILE, bytes(text)).routes()).hasSize(1);
        }
    }

    @Test
    void refusesWhatIsTooLarge() {
        assertThat(problem(GOOD + "#".repeat(256 * 1024)).reason()).contains("larger than 262144 bytes");
        assertThat(problem("a: " + "b".repeat(6 << 20)).reason()).contains("larger than");
    }

    @Test
    void refusesWhatIsNoText() {
        assertThat(problem(new byte[] {'-', ' ', (byte) 0xC3, (byte) 0x28}).reason())
                .isEqualTo("is not UTF-8 text");
        assertThat(problem("- route: \u0000").reason()).startsWith("is not YAML");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# only a comment\n", "---\n"})
    void refusesAnEmptyFile(String text) {
        assertThat(problem(text).line()).isOne();
    }

    @Test
    void saysWhereTheSyntaxIsWrong() {
        RouteProblem problem = problem(GOOD.replace("      uri: direct:a", "     uri: direct:a\n      x: {"));
        assertThat(problem.file()).isEqualTo(FILE);
        assertThat(problem.line()).isEqualTo(6);
        assertThat(problem.column()).isPositive();
        assertThat(problem.reason()).startsWith("is not YAML");
        assertThat(problem("- route:\n\tid: a\n").line()).isEqualTo(2);
    }

    @Test
    void refusesSeveralDocuments() {
        assertThat(problem(GOOD + "---\n" + route("b", "Bye")).reason()).startsWith("is not YAML");
    }

    @Test
    void refusesAliases() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [ha]\n");
        for (int i = 1; i < 30; i++) {
            laughs.append("a%d: &a%d [*a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1));
        }
        assertThat(problem(laughs.toString()).reason()).contains("alias");
        assertThat(problem(laughs.toString()).line()).isEqualTo(2);
        assertThat(problem("- &a [*a]").reason()).contains("alias");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{a: ", "- "})
    void refusesDeepNesting(String bracket) {
        assertThat(problem(bracket.repeat(20_000)).reason()).contains("64 levels");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    foo: bar                          | must be a list of routes
                    just text                         | must be a list of routes
                    []                                | must be a list of routes
                    - from: {uri: 'direct:a'}         | has no id
                    - beans: [{name: a, type: b}]     | beans cannot
                    - rest: {get: [{path: /a}]}       | REST endpoints cannot
                    - restConfiguration: {}           | REST endpoints cannot
                    - routeConfiguration: {id: a}     | routeConfigurationId
                    - onException: {}                 | routeConfigurationId
                    - intercept: {}                   | only "route"
                    - routeTemplate: {id: a}          | only "route"
                    - templatedRoute: {}              | only "route"
                    - kamelet: {}                     | only "route"
                    - route                           | must be one
                    - route:                          | the route is empty
                    - {route: {id: a}, from: {}}      | must be one
                    - [a]                             | must be one
                    - route: {from: {uri: 'direct:a'}} | needs an id
                    - route: {id: '', from: {}}       | needs an id
                    - route: {id: [a], from: {}}      | needs an id
                    - route: {id: 'a b', from: {}}    | needs an id
                    - route: {id: ../a, from: {}}     | needs an id
                    - route: {id: a}                  | has no "from"
                    """)
    void refusesWhatIsNotARoute(String text, String reason) {
        RouteProblem problem = problem(text);
        assertThat(problem.reason()).contains(reason);
        assertThat(problem.line()).isOne();
    }

    @Test
    void refusesAnIdThatStandsTwice() {
        RouteProblem problem = problem(GOOD + GOOD);
        assertThat(problem.reason()).contains("twice");
        assertThat(problem.line()).isEqualTo(10);
        assertThat(problem.route()).isEqualTo("a");
    }

    @Test
    void refusesAKeyThatStandsTwice() {
        RouteProblem problem =
                problem(GOOD.replace("      uri: direct:a\n", "      uri: direct:a\n      uri: direct:b\n"));
        assertThat(problem.reason()).contains("uri").contains("twice");
        assertThat(problem.line()).isEqualTo(6);
    }

    @Test
    void namesAllThatIsWrong() {
        assertThat(refusal(bytes(GOOD + "- beans: []\n- from: {}\n")).problems())
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bean: {beanType: java.lang.Thread, method: start}",
                "bean: {bean-type: java.lang.Thread, method: start}",
                "bean: {ref: '#class:java.lang.Thread', method: start}",
                "split: {simple: '${body}', aggregationStrategy: '#class:java.lang.Thread'}",
                "setBody: {method: {beanType: java.lang.Thread}}",
                "setBody: {simple: '${bean:type:java.lang.Thread?method=start}'}",
                "to: {uri: bean, parameters: {beanName: 'type:java.lang.Thread'}}",
                "to: 'bean:type:java.lang.Thread?method=start'",
                "to: 'class:java.lang.Thread?method=start'",
                "to: {uri: 'class:java.lang.Thread', parameters: {method: start}}",
                "wireTap: {uri: 'class://java.lang.Thread'}",
                "unmarshal: {json: {unmarshalType: java.lang.Thread}}",
                "unmarshal: {json: {unmarshalTypeName: java.lang.Thread}}"
            })
    void instantiatesNoClassButAllowedOnes(String step) throws RoutesRejected {
        String text = route("a", "direct:a", step);
        RouteProblem problem = problem(text);
        assertThat(problem.reason()).contains("java.lang.Thread").contains("allowed-classes");
        assertThat(problem.line()).isEqualTo(7);
        assertThat(problem.route()).isEqualTo("a");

        RouteFileReader allowing = Texts.reader("java.lang.Thread");
        assertThat(allowing.read(FILE, bytes(text)).routes()).hasSize(1);
    }

    @Test
    void revisionsAreShortNamesOfTexts() throws RoutesRejected {
        List<String> revisions = List.of(
                reader.read(FILE, bytes(GOOD)).revision(),
                reader.read(FILE, bytes(GOOD + "#")).revision());
        assertThat(revisions).doesNotHaveDuplicates().allMatch(revision -> revision.matches("[0-9a-f]{12}"));
    }

    private RouteProblem problem(String text) {
        return problem(bytes(text));
    }

    private RouteProblem problem(byte[] bytes) {
        return refusal(bytes).problems().get(0);
    }

    private RoutesRejected refusal(byte[] bytes) {
        RoutesRejected refused = catchThrowableOfType(RoutesRejected.class, () -> reader.read(FILE, bytes));
        assertThat(refused).as("accepted").isNotNull();
        return refused;
    }
}
