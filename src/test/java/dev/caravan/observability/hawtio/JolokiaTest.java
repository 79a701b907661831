package dev.caravan.observability.hawtio;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.caravan.fixture.Api;
import dev.caravan.fixture.InProcessNode;
import dev.caravan.security.AuditLog;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.FileSystemUtils;

/** Jolokia on a node as it runs: what it does and what it refuses, in each role, and that nothing else is there to be done. */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class JolokiaTest {
    /** Camel asks each step for its route once for each route, over JMX: seconds, or a minute on a busy machine. */
    private static final Duration LONGEST = Duration.ofMinutes(1);

    private static final String PATH = "/hawtio/jolokia";
    private static final String PASSWORD = "secret-of-the-users";
    private static final String PLACEHOLDER = "secret-of-a-placeholder";
    private static final String TRACER = "org.apache.camel:context=jolokia-test,type=tracer,name=BacklogTracer";
    private static final String DEBUGGER = "org.apache.camel:context=jolokia-test,type=tracer,name=BacklogDebugger";
    private static final String CONTEXT = "org.apache.camel:context=jolokia-test,type=context,name=\"jolokia-test\"";
    private static final String ROUTE = "org.apache.camel:context=jolokia-test,type=routes,name=\"job-hello\"";
    private static final String LIVE = "dev.caravan:type=LiveRoutes";

    /** What JMX and Jolokia carry without looking into it. */
    private static final Set<String> PLAIN = Set.of(
            "void",
            "boolean",
            "int",
            "long",
            "double",
            "java.lang.Boolean",
            "java.lang.Integer",
            "java.lang.Long",
            "java.lang.String",
            "java.util.Date",
            "java.util.Set", // of texts: ids and names
            "java.util.Collection", // as above
            "[Ljava.lang.String;",
            "javax.management.openmbean.CompositeData",
            "[Ljavax.management.openmbean.CompositeData;",
            "javax.management.openmbean.TabularData");

    /** MBeans that are more than one of their type. */
    private static final Set<String> NAMED = Set.of(
            "BacklogTracer",
            "BacklogDebugger",
            "DefaultAsyncProcessorAwaitManager",
            "DefaultInflightRepository",
            "RevisionInflightRepository",
            "DefaultRestRegistry",
            "DefaultTypeConverter");

    /** As on the node, but for the audit log, which these many questions would fill. */
    private final JolokiaPolicy policy = new JolokiaPolicy(new AuditLog() {
        @Override
        public void jmx(Principal login, boolean allowed, String what) {}
    });

    private static final MBeanServer MBEANS = ManagementFactory.getPlatformMBeanServer();

    @TempDir
    private static Path folder;

    private static InProcessNode node;
    private static Api nobody;

    @BeforeAll
    static void start() throws IOException {
        FileSystemUtils.copyRecursively(Path.of("src/main/resources/routes"), folder.resolve("routes"));
        Files.writeString(
                folder.resolve("routes/secretive.camel.yaml"),
                """
                - route:
                    id: secretive
                    description: Has something secret wherever a placeholder can be.
                    from:
                      uri: direct:secretive
                      steps:
                        - setBody:
                            constant: "{{test.placeholder}}"
                        - setHeader:
                            name: secretive
                            simple: "${body} {{test.placeholder}}"
                        - filter:
                            simple: "${body} == '{{test.placeholder}}'"
                            steps:
                              - log: "{{test.placeholder}}"
                """);
        node = InProcessNode.start(
                "--camel.main.name=jolokia-test", // other nodes of this JVM have the usual one
                "--logging.level.caravan.audit=info",
                "--caravan.routes.directory=" + folder.resolve("routes"),
                "--caravan.routes.writable=true",
                "--test.placeholder=" + PLACEHOLDER,
                "--caravan.users[0].name=olga",
                "--caravan.users[0].password={noop}" + PASSWORD,
                "--caravan.users[0].roles=operator",
                "--caravan.users[1].name=root",
                "--caravan.users[1].password={noop}" + PASSWORD,
                "--caravan.users[1].roles=admin");
        nobody = node.api();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @AfterEach
    void logout() {
        SecurityContextHolder.clearContext();
    }

    private static JsonObject exec(String mbean, String operation, Object... arguments) {
        return json(Map.of("type", "exec", "mbean", mbean, "operation", operation, "arguments", arguments));
    }

    private static JsonObject write(String mbean, String attribute, Object value) {
        return json(Map.of("type", "write", "mbean", mbean, "attribute", attribute, "value", value));
    }

    private static JsonObject read(String mbean, String attribute) {
        return json(Map.of("type", "read", "mbean", mbean, "attribute", attribute));
    }

    private static JsonObject json(Map<String, Object> request) {
        return new Gson().toJsonTree(request).getAsJsonObject();
    }

    private static JsonObject ask(String user, JsonObject request) {
        Api.Answer answer = nobody.as(user, PASSWORD).within(LONGEST).post(PATH, request.toString());
        assertThat(answer.status()).isEqualTo(200);
        return answer.json();
    }

    static Stream<JsonObject> attacks() {
        String runs = "resource:bean:type:java.lang.Runtime?method=getRuntime.exec('touch " + folder + "/made')";
        String routes = "- route: {id: made, description: x, from: {uri: \"file:" + folder + "/made\", steps: []}}";
        return Stream.of(
                exec(DEBUGGER, "validateConditionalBreakpoint", "simple", runs),
                exec(DEBUGGER, "validateConditionalBreakpoint(java.lang.String,java.lang.String)", "simple", runs),
                exec(DEBUGGER, "validateConditionalBreakpoint", "simple", "resource:file:/proc/self/environ"),
                exec(DEBUGGER, "validateConditionalBreakpoint", "simple", "resource:http://127.0.0.1:1/"),
                exec(DEBUGGER, "addConditionalBreakpoint", "log1", "simple", runs),
                exec(DEBUGGER, "addConditionalBreakpoint", "log1", "bean", "type:java.lang.Runtime?method=getRuntime"),
                exec(
                        DEBUGGER,
                        "evaluateExpressionAtBreakpoint(java.lang.String,java.lang.String,java.lang.String)",
                        "log1",
                        "simple",
                        runs),
                exec(
                        DEBUGGER,
                        "setMessageBodyOnBreakpoint(java.lang.String,java.lang.Object,java.lang.String)",
                        "log1",
                        "x",
                        "java.io.File"),
                write(TRACER, "TraceFilter", "${bean:type:java.lang.Runtime?method=getRuntime}"),
                write(TRACER, "TracePattern", "*"),
                exec(TRACER, "setTraceFilter(java.lang.String)", runs),
                exec(CONTEXT, "createEndpoint(java.lang.String)", "file:" + folder + "/made"),
                exec(CONTEXT, "sendStringBody(java.lang.String,java.lang.String)", "file:" + folder + "/made", "x"),
                exec(CONTEXT, "requestBody(java.lang.String,java.lang.Object)", "language:simple:" + runs, "x"),
                exec(CONTEXT, "setGlobalOption(java.lang.String,java.lang.String)", "a", "b"),
                exec(CONTEXT, "dumpRoutesAsXml(boolean)", true),
                exec(ROUTE, "updateRouteFromXml(java.lang.String)", "<route/>"),
                exec(ROUTE, "remove()"),
                exec(LIVE, "check", "made.camel.yaml", routes),
                exec(LIVE, "rollback", "job-hello.camel.yaml", "000000000000"),
                exec(
                        "com.sun.management:type=HotSpotDiagnostic",
                        "dumpHeap(java.lang.String,boolean)",
                        folder + "/made",
                        true),
                exec("com.sun.management:type=DiagnosticCommand", "vmCommandLine()"),
                exec("org.apache.camel:type=routes,*", "stop()"),
                read("java.lang:type=Runtime", "SystemProperties"),
                read("java.lang:type=Runtime", "InputArguments"),
                read(CONTEXT, "GlobalOptions"),
                json(Map.of("type", "notification", "command", "register")),
                json(Map.of("type", "version", "target", Map.of("url", "service:jmx:rmi:///jndi/rmi://127.0.0.1:1/x"))),
                json(Map.of("type", "list", "target", Map.of("url", "service:jmx:rmi:///jndi/rmi://127.0.0.1:1/x"))));
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void nobodysLoginRunsCodeOrReadsSecrets(JsonObject attack, CapturedOutput log) {
        for (String user : List.of("olga", "root")) {
            assertThat(ask(user, attack).get("status").getAsInt()).as(user).isEqualTo(403);
            if (attack.has("operation")) {
                assertThat(log)
                        .contains("jmx denied " + user + " 127.0.0.1 "
                                + attack.get("operation").getAsString());
            } else if (attack.get("type").getAsString().equals("write")) {
                assertThat(log)
                        .contains("jmx denied " + user + " 127.0.0.1 "
                                + attack.get("attribute").getAsString() + "= ");
            }
        }
        assertThat(folder.resolve("made")).doesNotExist();
    }

    @Test
    void eachRequestOfAnArrayIsLookedAt(CapturedOutput log) {
        JsonArray all = new JsonArray();
        all.add(read(CONTEXT, "State"));
        attacks().forEach(all::add);
        JsonArray answers = JsonParser.parseString(
                        nobody.as("root", PASSWORD).post(PATH, all.toString()).body())
                .getAsJsonArray();
        assertThat(answers).hasSameSizeAs(all);
        List<Integer> statuses = answers.asList().stream()
                .map(answer -> answer.getAsJsonObject().get("status").getAsInt())
                .toList();
        assertThat(statuses.get(0)).isEqualTo(200);
        assertThat(statuses.subList(1, statuses.size())).containsOnly(403);
        assertThat(log).contains("jmx denied root 127.0.0.1 validateConditionalBreakpoint");
        assertThat(folder.resolve("made")).doesNotExist();
    }

    /** What Hawtio's pages ask for, as it was recorded; those that change come with their opposite. */
    static Stream<JsonObject> forOperators() {
        return Stream.of(
                json(Map.of("type", "version")),
                json(Map.of("type", "list")),
                json(Map.of("type", "search", "mbean", "org.apache.camel:type=context,*")),
                json(Map.of("type", "read", "mbean", CONTEXT, "config", Map.of("ignoreErrors", true))),
                json(Map.of("type", "read", "mbean", ROUTE, "config", Map.of("ignoreErrors", true))),
                read(CONTEXT, "CamelVersion"),
                exec(CONTEXT, "dumpRoutesAsXml()"),
                exec(CONTEXT, "dumpRoutesStatsAsXml", true, true),
                exec(ROUTE, "isUpdateRouteEnabled()"),
                exec(
                        "org.apache.camel:context=jolokia-test,type=services,name=DefaultRestRegistry",
                        "listRestServices()"),
                exec("org.apache.camel:context=jolokia-test,type=services,name=DefaultInflightRepository", "browse()"),
                read(TRACER, "Enabled"),
                exec(TRACER, "dumpAllTracedMessagesAsXml()"),
                read(DEBUGGER, "Enabled"),
                exec(DEBUGGER, "breakpoints"),
                exec(DEBUGGER, "suspendedBreakpointNodeIds"),
                exec(DEBUGGER, "getDebugCounter"),
                exec(DEBUGGER, "dumpTracedMessagesAsXml(java.lang.String,boolean)", "none", false),
                read("java.lang:type=Threading", "ThreadCount"),
                read("java.lang:type=Threading", "ThreadContentionMonitoringEnabled"),
                exec("java.lang:type=Threading", "dumpAllThreads(boolean, boolean)", true, true),
                read("java.lang:type=Memory", "HeapMemoryUsage"),
                read("java.lang:type=ClassLoading", "LoadedClassCount"));
    }

    static Stream<JsonObject> forAdmins() {
        return Stream.of(
                write(TRACER, "BodyMaxChars", 5000),
                write(TRACER, "BodyIncludeStreams", false),
                write(TRACER, "BodyIncludeFiles", false),
                exec(TRACER, "setEnabled", true),
                exec(TRACER, "setEnabled", false),
                write(DEBUGGER, "BodyMaxChars", 5000),
                exec(DEBUGGER, "enableDebugger"),
                exec(DEBUGGER, "addBreakpoint", "secretive-none"),
                exec(DEBUGGER, "resumeAll"),
                exec(DEBUGGER, "removeBreakpoint", "secretive-none"),
                exec(DEBUGGER, "disableDebugger"),
                exec(ROUTE, "stop()"),
                exec(ROUTE, "start()"));
    }

    @ParameterizedTest
    @MethodSource("forOperators")
    void operatorsAndAdminsWatch(JsonObject request, CapturedOutput log) {
        for (String user : List.of("olga", "root")) {
            assertThat(ask(user, request).get("status").getAsInt()).as(user).isEqualTo(200);
            if (request.has("operation")) {
                assertThat(log)
                        .contains("jmx " + user + " 127.0.0.1 "
                                + request.get("operation").getAsString());
            }
        }
    }

    @Test
    void adminsAloneTraceDebugStopAndStart(CapturedOutput log) {
        forAdmins().forEach(request -> {
            assertThat(ask("olga", request).get("status").getAsInt())
                    .as("%s", request)
                    .isEqualTo(403);
            JsonObject answer = ask("root", request);
            assertThat(answer.get("status").getAsInt()).as("%s", answer).isEqualTo(200);
        });
        assertThat(log)
                .contains("jmx denied olga 127.0.0.1 stop() org.apache.camel:")
                .contains("jmx root 127.0.0.1 stop() org.apache.camel:")
                .contains("jmx root 127.0.0.1 BodyMaxChars= org.apache.camel:");
    }

    @Test
    void whatClientsWriteCannotPassForALineOfTheAuditLog(CapturedOutput log) {
        ask("olga", exec(ROUTE, "a\n\r\u2028\u202e\u200b\u0007b" + "c".repeat(10_000)));
        assertThat(log).contains("jmx denied olga 127.0.0.1 a??????bccc").doesNotContain("c".repeat(250));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", "*/*"})
    void aFormCannotSendARequest(String type) {
        Api.Answer answer =
                nobody.as("root", PASSWORD).post(PATH, exec(ROUTE, "stop()").toString(), "Content-Type", type);
        assertThat(answer.status()).isEqualTo(415);
        assertThat(ask("olga", read(ROUTE, "State")).get("value").getAsString()).isEqualTo("Started");
    }

    @Test
    void aPageFromElsewhereCannotSendARequest() {
        Api root = nobody.as("root", PASSWORD);
        String request = exec(ROUTE, "stop()").toString();
        String own = node.http().toString();
        assertThat(root.post(PATH, request, "Origin", "http://elsewhere.example")
                        .status())
                .isEqualTo(403);
        assertThat(root.post(PATH, request, "Origin", "null").status()).isEqualTo(403);
        assertThat(root.post(PATH, read(ROUTE, "State").toString(), "Origin", own)
                        .status())
                .isEqualTo(200);
        assertThat(ask("olga", read(ROUTE, "State")).get("value").getAsString()).isEqualTo("Started");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /read/java.lang:type=Memory",
        "GET, /exec/java.lang:type=Memory/gc",
        "GET, /version",
        "GET, ?p=read/java.lang:type=Memory",
        "GET, ?x",
        "PUT, ''",
        "DELETE, ''",
        "OPTIONS, ''",
        "HEAD, ''"
    })
    void nothingIsAskedButByPost(String method, String path) {
        Api.Answer answer =
                nobody.as("root", PASSWORD).send(method, PATH + path, new byte[0], "Content-Type", "application/json");
        assertThat(answer.status()).isEqualTo(405);
    }

    @Test
    void aGetTellsHawtioThatThereIsAnAgent() {
        assertThat(nobody.as("olga", PASSWORD).get(PATH).body()).startsWith("{\"request\":{\"type\":\"version\"}");
    }

    /** All members of all MBeans, against a list that somebody has read. */
    @Test
    void nothingIsAllowedThatIsNotNamedHere() throws Exception {
        Set<String> expected = new TreeSet<>(resource("jolokia-allowed.txt"));
        Set<String> operators = new TreeSet<>();
        Set<String> admins = new TreeSet<>();
        for (ObjectName name : MBEANS.queryNames(null, null)) {
            operators.addAll(allowed("operator", name));
            admins.addAll(allowed("admin", name));
        }
        assertThat(operators)
                .hasSizeGreaterThan(300)
                .contains( // by the name of our class, so a rename of it would shut Hawtio out
                        "calls org.apache.camel:services,RevisionInflightRepository browse()");
        assertThat(admins).containsAll(operators);
        admins.removeAll(operators);

        Set<String> allowed = new TreeSet<>();
        operators.forEach(line -> allowed.add("operator " + line));
        admins.forEach(line -> allowed.add("admin " + line));
        allowed.removeAll(expected);
        assertThat(String.join("\n", allowed)).isEmpty();
    }

    private Set<String> allowed(String role, ObjectName name) throws JMException {
        Set<String> allowed = new TreeSet<>();
        as(role);
        MBeanInfo mbean = MBEANS.getMBeanInfo(name);
        String kind = name.getDomain() + ":" + name.getKeyProperty("type")
                + (NAMED.contains(String.valueOf(name.getKeyProperty("name")))
                        ? "," + name.getKeyProperty("name")
                        : "");
        for (MBeanAttributeInfo attribute : mbean.getAttributes()) {
            String line = kind + " " + attribute.getName();
            if (policy.isAttributeReadAllowed(name, attribute.getName())) {
                allowed.add("reads " + line);
                assertThat(PLAIN).as(line).contains(attribute.getType());
            }
            if (policy.isAttributeWriteAllowed(name, attribute.getName())) {
                allowed.add("writes " + line);
            }
        }
        for (MBeanOperationInfo operation : mbean.getOperations()) {
            String signature = operation.getName()
                    + Arrays.stream(operation.getSignature())
                            .map(parameter -> parameter.getType())
                            .collect(Collectors.joining(",", "(", ")"));
            if (policy.isOperationAllowed(name, signature)) {
                allowed.add("calls " + kind + " " + signature);
                assertThat(PLAIN).as(signature).contains(operation.getReturnType());
            } else if (isTheOnly(operation, mbean)) { // or Jolokia wants the types
                assertThat(policy.isOperationAllowed(name, operation.getName()))
                        .as(kind + " " + signature)
                        .isFalse();
            }
        }
        return allowed;
    }

    private static boolean isTheOnly(MBeanOperationInfo operation, MBeanInfo mbean) {
        return Arrays.stream(mbean.getOperations())
                        .filter(other -> other.getName().equals(operation.getName()))
                        .count()
                == 1;
    }

    @Test
    void nothingThatIsAllowedShowsWhatAPlaceholderStandsFor() throws Exception {
        as("admin");
        List<String> shown = new ArrayList<>();
        for (ObjectName name : MBEANS.queryNames(new ObjectName("org.apache.camel:*"), null)) {
            MBeanInfo mbean = MBEANS.getMBeanInfo(name);
            for (MBeanAttributeInfo attribute : mbean.getAttributes()) {
                if (policy.isAttributeReadAllowed(name, attribute.getName())) {
                    shown.add(name + " " + attribute.getName() + " " + MBEANS.getAttribute(name, attribute.getName()));
                }
            }
            for (MBeanOperationInfo operation : mbean.getOperations()) {
                String signature = operation.getName() + "()";
                if (operation.getSignature().length == 0
                        && operation.getName().matches("(dump|list|browse).*")
                        && policy.isOperationAllowed(name, signature)) {
                    shown.add(name + " " + signature + MBEANS.invoke(name, operation.getName(), null, null));
                }
            }
        }
        assertThat(shown).hasSizeGreaterThan(1000).anyMatch(text -> text.contains("{{test.placeholder}}"));
        assertThat(shown).noneMatch(text -> text.contains(PLACEHOLDER) || text.contains(PASSWORD));
    }

    private static void as(String role) {
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken("somebody", null, "ROLE_" + role));
    }

    private static List<String> resource(String name) throws IOException {
        try (InputStream file = JolokiaTest.class.getResourceAsStream(name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
