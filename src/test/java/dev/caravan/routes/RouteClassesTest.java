package dev.caravan.routes;

import static dev.caravan.routes.Texts.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.caravan.routes.files.RoutesHistory;
import dev.caravan.routes.files.RoutesRejected;
import dev.caravan.routes.guard.AllowedClasses;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.AggregationStrategy;
import org.apache.camel.Consumer;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultComponent;
import org.apache.camel.support.DefaultConsumer;
import org.apache.camel.support.DefaultEndpoint;
import org.apache.camel.support.DefaultProducer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.support.GenericApplicationContext;

/** A route file makes no object and calls no method of a class that nobody allows, in whatever spelling. */
@Timeout(120)
class RouteClassesTest {
    private static final String FILE = "jobs/some.camel.yaml";
    private static final String TOUCHED = "dev.caravan.routes.Touched";

    private final GenericApplicationContext application = new GenericApplicationContext();
    private final DefaultCamelContext running = new DefaultCamelContext();
    private RouteDrain drain;

    @BeforeEach
    void start() {
        application.registerBean("teller", Teller.class);
        application.registerBean("opener", Opener.class, bean -> bean.setScope("prototype"));
        application.refresh();
        running.disableJMX();
        running.getRegistry().bind("teller", new Teller());
        Properties properties = new Properties();
        properties.setProperty("kind", "class");
        properties.setProperty("touched", TOUCHED);
        properties.setProperty("reference", "#class:" + TOUCHED);
        running.getPropertiesComponent().setInitialProperties(properties);
        Teller.TOLD.set(false);
    }

    @AfterEach
    void stop() throws IOException {
        if (drain != null) {
            drain.close();
        }
        running.close();
        application.close();
    }

    private LiveRoutes routes(String... allowedClasses) {
        RoutesSettings settings = Texts.settings(Path.of(""), allowedClasses);
        ReplacementShutdownStrategy shutdown = new ReplacementShutdownStrategy(running, () -> {});
        drain = new RouteDrain(running, shutdown, Duration.ofSeconds(1));
        return new LiveRoutes(
                running, application, settings, drain, new RoutesHistory(null, settings.history()), Map.of(), Map.of());
    }

    private static String route(String step) {
        return """
                - route:
                    id: a
                    from:
                      uri: direct:a
                      steps:
                        - %s
                """
                .formatted(step);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // as they are
                "bean: {beanType: T}",
                "bean: {bean-type: T, method: touch}",
                "bean: {ref: '#class:T', method: touch}",
                "bean: {ref: 'T', method: touch}",
                "process: {ref: '#class:T'}",
                "to: 'bean:type:T?method=touch'",
                "to: 'bean://type:T?method=touch'",
                "to: 'bean:T?method=touch'",
                "to: 'class:T?method=touch'",
                "to: 'class://T?method=touch'",
                "to: {uri: class, parameters: {beanName: T, method: touch}}",
                "to: {uri: bean, parameters: {beanName: 'type:T', method: touch}}",
                "to: 'log:a?exchangeFormatter=#class:T'",
                "to: 'log:a?exchangeFormatter=%23class:T'",
                "to: 'log:a?exchangeFormatter=RAW(#class:T)'",
                "to: {uri: log:a, parameters: {exchangeFormatter: '#class:T'}}",
                "to: {uri: log:a, parameters: {exchangeFormatter: '#type:T'}}",
                "to: {uri: log:a, parameters: {exchangeFormatter: '#class:T()'}}",
                "to: {uri: log:a, parameters: {exchangeFormatter: '#class:T#touch'}}",
                "wireTap: {uri: 'class:T'}",
                "enrich: {constant: 'a', aggregationStrategy: '#class:T'}",
                "split: {simple: '${body}', aggregationStrategy: '#class:T', steps: [{log: a}]}",
                "idempotentConsumer: {simple: '${body}', idempotentRepository: '#class:T', steps: [{log: a}]}",
                "loadBalance: {customLoadBalancer: {ref: '#class:T'}, steps: [{to: direct:a}]}",
                "setBody: {method: {beanType: T, method: touch}}",
                "setBody: {method: {ref: 'type:T', method: touch}}",
                "setBody: {method: {ref: teller, method: 'tell(T.class)'}}",
                "setBody: {language: {language: bean, expression: 'type:T?method=touch'}}",
                "setBody: {simple: '${bean:type:T?method=touch}'}",
                "setBody: {simple: '${bean:type:T::touch}'}",
                "setBody: {simple: '$simple{bean:type:T.touch}'}",
                "setBody: {simple: '${type:T.CONSTANT}'}",
                "setBody: {simple: '${bodyAs(T)}'}",
                "setBody: {simple: {expression: '${body}', resultType: T}}",
                "filter: {simple: '${body} is \"T\"', steps: [{log: a}]}",
                "log: '${bean:type:T?method=touch}'",
                "toD: 'class:T?method=touch&a=${body}'",
                "to: 'language:simple:${bean:type:T?method=touch}'",
                "convertBodyTo: {type: T}",
                "unmarshal: {json: {unmarshalType: T}}",
                "unmarshal: {json: {library: Jackson, unmarshalTypeName: T}}",
                "transform: {expression: {method: {beanType: T, method: touch}}}",
                "throwException: {exceptionType: T, message: a}",
                "script: {expression: {method: {beanType: T, method: touch}}}",
                // by placeholders
                "bean: {beanType: '{{touched}}'}",
                "bean: {ref: '{{reference}}'}",
                "bean: {ref: '#{{kind}}:T'}",
                "bean: {ref: '#{{nobody:class}}:T'}",
                "bean: {ref: '{{env:NOBODY:#class:T}}'}",
                "to: 'log:a?exchangeFormatter=#{{x:class}}:T'",
                "to: '{{x:class}}:T?method=touch'",
                "to: 'bean:{{x:type}}:T?method=touch'",
                "setBody: {simple: '${bean:{{x:type}}:T?method=touch}'}",
                "setBody: {simple: '${{{x:bean:type:T?method=touch}}}'}",
                "setBody: {simple: '${{{x:type}}:T.CONSTANT}'}",
                "toD: '{{x:class}}:T?method=touch'",
                "setBody: {simple: '${body.{{x:class}}.forName(T).newInstance}'}",
                // by resources, languages and reflection
                "setBody: {constant: 'resource:bean:type:T?method=touch'}",
                "setBody: {simple: 'resource:bean:teller.tell'}",
                "setBody: {simple: 'resource:{{x:bean}}:teller.tell'}",
                "to: 'language:simple:resource:bean:teller.tell'",
                "setBody: {constant: '{{bean:teller.tell}}'}",
                "setBody: {language: {language: spel, expression: '#{T(T).touch()}'}}",
                "setBody: {language: {language: '{{x:spel}}', expression: '#{T(T).touch()}'}}",
                "setBody: {spel: '#{T(T).touch()}'}",
                "to: 'language:spel:T(T).touch()'",
                "setBody: {csimple: '${body}'}",
                "setBody: {simple: '${body.class.forName(T)}'}",
                "setBody: {simple: '${body.getClass().forName(T)}'}",
                "setBody: {simple: '${body?.getClass?.forName(T)}'}",
                "setBody: {simple: '${body.class.classLoader.loadClass(T)}'}",
                "setBody: {simple: '${camelContext.applicationContextClassLoader.loadClass(T)}'}",
                "setBody: {method: {ref: teller, method: 'getClass.forName(T)'}}",
                "setBody: {simple: '${bean:teller?method=%67etClass.forName(T)}'}"
            })
    void refusesAClassInEverySpelling(String step) {
        LiveRoutes routes = routes();
        int before = Touched.TIMES.get();
        String text = route(step.replaceAll("(?<![A-Za-z#{])T(?![A-Za-z(])|(?<=\\()T(?=\\))", TOUCHED));
        RoutesRejected refused =
                catchThrowableOfType(RoutesRejected.class, () -> routes.check(Map.of(FILE, bytes(text))));
        assertThat(refused).as("accepted: %s", text).isNotNull();
        assertThat(refused.problems()).as(text).allSatisfy(problem -> {
            assertThat(problem.line()).as("%s", problem).isIn(1, 6);
            assertThat(problem.route()).as("%s", problem).isEqualTo("a");
            assertThat(problem.reason()).containsPattern("allowed-classes|which routes may not");
        });
        assertThat(Touched.TIMES).as("touched").hasValue(before);
        assertThat(Teller.TOLD).as("called").isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "setBody: {constant: 'class: T, #{kind}, type: and bean: are words'}",
                "setBody: {constant: Hello}",
                "setBody: {simple: '${body} world. ${header.class} ${body[class]}'}",
                "log: 'First class. ${body.class.name} ${body.class.simpleName}'",
                "log: 'The class loader of ${camelContext.name} ${exception.message}'",
                "setBody: {simple: '${bodyAs(String)}'}",
                "setBody: {simple: '${body.size} ${bodyAs(java.util.Map)}'}",
                "filter: {simple: '${body} is \"java.util.Map\"', steps: [{log: a}]}",
                "filter: {simple: '${body.vehicleClass.code} == 1', steps: [{log: a}]}",
                "convertBodyTo: {type: java.lang.String}",
                "convertBodyTo: {type: 'byte[]'}",
                "convertBodyTo: {type: String}",
                "setBody: {jq: {expression: '.a', resultType: java.lang.Integer}}",
                "setBody: {xpath: {expression: /a/b, resultType: java.lang.String}}",
                "unmarshal: {json: {library: Gson}}",
                "unmarshal: {json: {unmarshalType: java.util.Map}}",
                "unmarshal: {csv: {useMaps: true}}",
                "throwException: {exceptionType: java.lang.IllegalStateException, message: a}",
                "throwException: {exceptionType: org.springframework.amqp.AmqpRejectAndDontRequeueException, message: a}",
                "doTry: {steps: [{log: a}], doCatch: [{exception: [java.io.IOException], steps: [{log: b}]}]}",
                "bean: {ref: teller, method: tell}",
                "bean: {ref: teller, method: 'told(${body}, true)'}",
                "setBody: {method: {ref: teller, method: tell}}",
                "setBody: {simple: '${bean:teller?method=tell}'}",
                "to: 'bean:teller?method=tell'",
                "toD: 'direct:a-${header.class}'",
                "split: {tokenize: ',', aggregationStrategy: teller, steps: [{log: a}]}",
                "setBody: {simple: 'resource:classpath:META-INF/spring.factories'}",
                "to: 'seda:a'",
                "to: 'file:target/nowhere?fileName=a'",
                "transacted: {}"
            })
    void acceptsWhatNamesNone(String step) throws RoutesRejected {
        String text = route(step);
        if (step.startsWith("transacted")) {
            assertThatThrownBy(() -> routes().check(Map.of(FILE, bytes(text))))
                    .message()
                    .doesNotContain("allowed-classes");
            return;
        }
        assertThat(routes().check(Map.of(FILE, bytes(text))).added()).containsExactly("a");
    }

    /** What a pattern or a placeholder could take ages or a deep stack for. */
    @ParameterizedTest
    @ValueSource(
            strings = {"a.", "a", "is ", "as(", "as(a,", "{{", "{{a:", "}}", "..", ". ", "${", "class.", "resource:"})
    void readsWhateverTextSoon(String part) {
        LiveRoutes routes = routes();
        String text = route("log: '${body} " + part.repeat(200_000 / part.length()) + "'");
        assertThatThrownBy(() -> routes.check(Map.of(FILE, bytes(text + "- nothing\n"))))
                .isInstanceOf(RoutesRejected.class);
    }

    @Test
    void acceptsAClassThatIsAllowed() throws RoutesRejected {
        LiveRoutes routes = routes(TOUCHED, "org.apache.camel.language.spel.SpelLanguage");
        for (String step : List.of(
                "bean: {beanType: T, method: touch}",
                "to: {uri: class, parameters: {beanName: T, method: touch}}",
                "setBody: {simple: '${bean:type:T?method=touch}'}",
                "convertBodyTo: {type: T}",
                "setBody: {spel: '#{request.body}'}")) {
            assertThat(routes.check(Map.of(
                                    FILE,
                                    bytes(route(step.replace("T}", TOUCHED + "}")
                                            .replace("T,", TOUCHED + ",")
                                            .replace("T?", TOUCHED + "?")))))
                            .added())
                    .containsExactly("a");
        }
    }

    /** What comes into being when a message is worked: a check cannot see it, so the running routes hold to it as well. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "setBody: {simple: '${bean:type:${header.type}?method=touch}'}",
                "toD: 'class:${header.type}?method=touch'",
                "toD: 'bean:type:${header.type}?method=touch'",
                "toD: 'language:simple:${header.script}'",
                "toD: 'language:spel:${header.spel}'",
                "toD: 'language:${header.none}bean:type:${header.type}?method=touch'",
                "recipientList: {simple: 'class:${header.type}?method=touch'}",
                "routingSlip: {simple: 'class:${header.type}?method=touch'}",
                "dynamicRouter: {simple: 'class:${header.type}?method=touch'}",
                "enrich: {simple: 'class:${header.type}?method=touch'}",
                "wireTap: {uri: 'class:${header.type}?method=touch', dynamicUri: true}",
                "setBody: {simple: '${body.${header.step}(${header.type})}'}",
                "setBody: {simple: '${header.class.forName}'}",
                "setBody: {simple: 'resource:bean:${header.called}'}",
                "to: 'language:simple?allowTemplateFromHeader=true'",
                "setBody: {simple: '${bodyAs(${header.type})}'}",
                "filter: {simple: '${body} is ${header.type}', steps: [{log: a}]}",
                "unmarshal: {json: {library: Jackson, moduleClassNames: dev.caravan.routes.Touched}}",
                "toD: 'language:simple:resource:bean:${header.called}'"
            })
    void theRunningRoutesReachNoClassEither(String step) throws Exception {
        LiveRoutes routes = routes();
        running.start();
        int before = Touched.TIMES.get();
        try {
            routes.change(Map.of(FILE, bytes(route(step))), "test");
        } catch (RoutesRejected e) {
            return;
        }
        Map<String, Object> headers = Map.of(
                "type",
                TOUCHED,
                "script",
                "${bean:type:" + TOUCHED + "?method=touch}",
                "CamelLanguageScript",
                "${bean:type:" + TOUCHED + "?method=touch}",
                "spel",
                "T(" + TOUCHED + ").touch()",
                "step",
                "class.forName",
                "called",
                "teller.tell");
        try (var producer = running.createProducerTemplate()) {
            producer.send("direct:a", exchange -> {
                exchange.getMessage().setBody("text");
                exchange.getMessage().setHeaders(new HashMap<>(headers));
            });
        }
        assertThat(Touched.TIMES).as("touched").hasValue(before);
        assertThat(Teller.TOLD).as("called").isFalse();
    }

    @Test
    void anObjectThatIsAClassIsNotCalled() throws Exception {
        LiveRoutes routes = routes();
        running.start();
        routes.change(
                Map.of(
                        FILE,
                        bytes(
                                route(
                                        "setBody: {simple: '${body.class}'}\n        - setBody: {simple: '${body.getSuperclass}'}"))),
                "test");
        try (var producer = running.createProducerTemplate()) {
            assertThat(producer.send("direct:a", exchange -> exchange.getMessage()
                                    .setBody("text"))
                            .getException())
                    .hasMessageContaining(AllowedClasses.REFLECTS);
        }
    }

    /** What XML has of its own to call Java with. */
    @Test
    void neitherStylesheetsNorPathsCallJava(@TempDir Path folder) throws Exception {
        Path sheet = Files.writeString(
                folder.resolve("a.xsl"),
                """
                <xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                    xmlns:t="http://xml.apache.org/xalan/java/%s" xmlns:java="http://xml.apache.org/xalan/java">
                  <xsl:template match="/"><b><xsl:value-of select="t:touch()"/></b></xsl:template>
                </xsl:stylesheet>
                """
                        .formatted(TOUCHED));
        LiveRoutes routes = routes();
        running.start();
        int before = Touched.TIMES.get();
        for (String step : List.of(
                "to: 'xslt:file:" + sheet + "'",
                "toD: 'xslt:file:" + sheet + "'",
                "to: 'xslt:file:" + sheet + "?transformerFactoryClass=" + TOUCHED + "'",
                "setBody: {xpath: {expression: 'java:dev.caravan.routes.Touched.touch()'}}")) {
            try {
                routes.change(Map.of(FILE, bytes(route(step))), "test");
            } catch (RoutesRejected e) {
                continue;
            }
            try (var producer = running.createProducerTemplate()) {
                assertThat(producer.send("direct:a", exchange -> exchange.getMessage()
                                        .setBody("<a/>"))
                                .getException())
                        .as(step)
                        .isNotNull();
            }
        }
        assertThat(Touched.TIMES).hasValue(before);
    }

    @Test
    void whatCamelItselfIsMadeOfIsFound() {
        routes();
        running.start();
        assertThat(running.getComponent("seda")).isNotNull();
        assertThat(running.resolveDataFormat("csv")).isNotNull();
        assertThat(running.resolveLanguage("xpath")).isNotNull();
        assertThat(running.getTypeConverter().convertTo(Integer.class, "1")).isOne();
        assertThatThrownBy(() -> running.resolveLanguage("spel")).hasMessageContaining("SpelLanguage");
    }

    @Test
    void aCheckStartsNothing() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            Opener.port = server.getLocalPort();
            LiveRoutes routes = routes();
            String text = route("to: opener:b").replace("direct:a", "opener:a");
            assertThat(routes.check(Map.of(FILE, bytes(text))).added()).containsExactly("a");
            assertNobodyCame(server);
            assertThat(running.getRoutes()).isEmpty();
        }
    }

    @Test
    void aCheckFetchesNothing() throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            String uri = "http://127.0.0.1:" + server.getLocalPort() + "/a";
            LiveRoutes routes = routes();
            assertThatThrownBy(
                            () -> routes.check(Map.of(FILE, bytes(route("setBody: {simple: 'resource:" + uri + "'}")))))
                    .hasMessageContaining("loads a resource from http:");
            for (String step : List.of("to: 'xslt:" + uri + "'", "to: 'validator:" + uri + "'")) {
                assertThat(routes.check(Map.of(FILE, bytes(route(step)))).added())
                        .containsExactly("a");
                running.start();
                assertThatThrownBy(() -> routes.change(Map.of(FILE, bytes(route(step))), "test"))
                        .hasMessageContaining("loads a resource from http:");
            }
            assertNobodyCame(server);
        }
    }

    private static void assertNobodyCame(ServerSocket server) throws IOException {
        server.setSoTimeout(50);
        assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
    }

    /** A bean that routes may call. */
    public static class Teller implements AggregationStrategy {
        static final AtomicBoolean TOLD = new AtomicBoolean();

        public String tell() {
            TOLD.set(true);
            return "told";
        }

        public String told(Object what, boolean sure) {
            return what + " " + sure;
        }

        @Override
        public Exchange aggregate(Exchange one, Exchange other) {
            return other;
        }
    }

    /** A component whose parts connect when they start. */
    static final class Opener extends DefaultComponent {
        static int port;

        static void open() throws IOException {
            new Socket("127.0.0.1", port).close();
        }

        @Override
        protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) {
            return new DefaultEndpoint(uri, this) {
                @Override
                public Producer createProducer() {
                    return new DefaultProducer(this) {
                        @Override
                        protected void doStart() throws Exception {
                            open();
                        }

                        @Override
                        public void process(Exchange exchange) {}
                    };
                }

                @Override
                public Consumer createConsumer(Processor processor) {
                    return new DefaultConsumer(this, processor) {
                        @Override
                        protected void doStart() throws Exception {
                            open();
                        }
                    };
                }
            };
        }
    }
}
