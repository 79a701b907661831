package dev.caravan.observability.hawtio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.caravan.security.AuditLog;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

/** What may be done over JMX, and by whom. */
class JolokiaPolicyTest {
    private final JolokiaPolicy policy = new JolokiaPolicy(new AuditLog());

    @AfterEach
    void logout() {
        SecurityContextHolder.clearContext();
    }

    private static void as(String role) {
        SecurityContextHolder.getContext()
                .setAuthentication(new TestingAuthenticationToken("somebody", null, "ROLE_" + role));
    }

    private static ObjectName name(String text) throws MalformedObjectNameException {
        return new ObjectName(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // MBean | operation | operator | admin
                "org.apache.camel:type=context,name=caravan | dumpRoutesAsXml() | true | true",
                "org.apache.camel:type=context,name=caravan | dumpRoutesAsXml(boolean) | false | false",
                "org.apache.camel:type=context,name=caravan | dumpRoutesStatsAsXml | true | true",
                "org.apache.camel:type=context,name=caravan | dumpRoutesStatsAsXml(boolean, boolean) | true | true",
                "org.apache.camel:type=routes,name=a | dumpRouteStatsAsXml(boolean,boolean) | true | true",
                "org.apache.camel:type=endpoints,name=a | browseAllMessagesAsXml(java.lang.Boolean) | true | true",
                "org.apache.camel:type=tracer,name=BacklogTracer | dumpAllTracedMessagesAsXml() | true | true",
                "org.apache.camel:type=tracer,name=BacklogTracer | dumpAllTracedMessages() | false | false",
                "org.apache.camel:type=routes,name=a | stop() | false | true",
                "org.apache.camel:type=routes,name=a | start() | false | true",
                "org.apache.camel:type=routes,* | stop() | false | false",
                "org.apache.camel:type=routesX,name=a | stop() | false | false",
                "org.apache.camelX:type=routes,name=a | stop() | false | false",
                "org.apache.camel:type=tracer,name=BacklogTracer | setEnabled(boolean) | false | true",
                "org.apache.camel:type=tracer,name=BacklogTracer | setTraceFilter(java.lang.String) | false | false",
                "org.apache.camel:type=tracer,name=BacklogTracer | clear() | false | true",
                "org.apache.camel:type=tracer,name=BacklogDebugger | clear() | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | addBreakpoint | false | true",
                "org.apache.camel:type=tracer,name=BacklogDebugger | addBreakpoint(java.lang.String) | false | true",
                "org.apache.camel:type=tracer,name=BacklogDebugger | addConditionalBreakpoint | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | addConditionalBreakpoint(java.lang.String,java.lang.String,java.lang.String) | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | validateConditionalBreakpoint | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | validateConditionalBreakpoint(java.lang.String,java.lang.String) | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | evaluateExpressionAtBreakpoint(java.lang.String) | false | false",
                "org.apache.camel:type=tracer,name=BacklogDebugger | setMessageBodyOnBreakpoint(java.lang.String,java.lang.Object) | false | false",
                "org.apache.camel:type=context,name=caravan | sendBody(java.lang.String,java.lang.Object) | false | false",
                "org.apache.camel:type=context,name=caravan | sendStringBody(java.lang.String,java.lang.String) | false | false",
                "org.apache.camel:type=context,name=caravan | requestBody(java.lang.String,java.lang.Object) | false | false",
                "org.apache.camel:type=context,name=caravan | createEndpoint(java.lang.String) | false | false",
                "org.apache.camel:type=context,name=caravan | stop() | false | false",
                "org.apache.camel:type=context,name=caravan | suspend() | false | false",
                "org.apache.camel:type=routes,name=a | remove() | false | false",
                "org.apache.camel:type=routes,name=a | updateRouteFromXml(java.lang.String) | false | false",
                "org.apache.camel:type=producers,name=a | clear() | false | false",
                "org.apache.camel:type=services,name=SpringRedisIdempotentRepository | clear() | false | false",
                "com.sun.management:type=HotSpotDiagnostic | dumpHeap(java.lang.String,boolean) | false | false",
                "com.sun.management:type=DiagnosticCommand | vmSystemProperties() | false | false",
                "java.lang:type=Memory | gc() | false | false",
                "java.lang:type=Threading | dumpAllThreads(boolean,boolean) | true | true",
                "java.util.logging:type=Logging | setLoggerLevel(java.lang.String,java.lang.String) | false | false",
                "jolokia:type=Config | debugInfo() | false | false",
                "dev.caravan:type=LiveRoutes | check | false | false",
                "dev.caravan:type=LiveRoutes | rollback(java.lang.String,java.lang.String) | false | false",
                "dev.caravan:type=LiveRoutes | reload() | false | false",
            })
    void operations(String mbean, String operation, boolean operator, boolean admin) throws Exception {
        as("operator");
        assertThat(policy.isOperationAllowed(name(mbean), operation)).isEqualTo(operator);
        as("admin");
        assertThat(policy.isOperationAllowed(name(mbean), operation)).isEqualTo(admin);
    }

    @Test
    void tracingIsSwitchedOnByAdminsAlone() throws Exception {
        ObjectName tracer = name("org.apache.camel:type=tracer,name=BacklogTracer");
        as("operator");
        assertThat(policy.isAttributeWriteAllowed(tracer, "Enabled")).isFalse();
        as("admin");
        assertThat(policy.isAttributeWriteAllowed(tracer, "Enabled")).isTrue();
        assertThat(policy.isAttributeWriteAllowed(tracer, "TraceFilter")).isFalse();
        assertThat(policy.isAttributeWriteAllowed(tracer, "TracePattern")).isFalse();
        assertThat(policy.isAttributeWriteAllowed(name("java.lang:type=Memory"), "Verbose"))
                .isFalse();
        assertThat(policy.isAttributeWriteAllowed(name("org.apache.camel:type=context,name=c"), "GlobalOptions"))
                .isFalse();
    }

    @Test
    void whatHasSecretsInItIsNotRead() throws Exception {
        as("admin");
        ObjectName runtime = name("java.lang:type=Runtime");
        assertThat(policy.isAttributeReadAllowed(runtime, "SystemProperties")).isFalse();
        assertThat(policy.isAttributeReadAllowed(runtime, "InputArguments")).isFalse();
        assertThat(policy.isAttributeReadAllowed(runtime, "Uptime")).isTrue();
        assertThat(policy.isObjectNameHidden(name("com.sun.management:type=DiagnosticCommand")))
                .isTrue();
        assertThat(policy.isObjectNameHidden(name("org.apache.qpid:type=Broker")))
                .isTrue();
        assertThat(policy.isObjectNameHidden(name("org.apache.camel:type=context,name=c")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"user", "monitor", "administrator"})
    void whoIsNoOperatorMayNothing(String role) throws Exception {
        as(role);
        ObjectName routes = name("org.apache.camel:type=routes,name=a");
        assertThat(policy.isAttributeReadAllowed(routes, "State")).isFalse();
        assertThat(policy.isOperationAllowed(routes, "dumpRouteAsXml()")).isFalse();
        assertThat(policy.isOperationAllowed(routes, "stop()")).isFalse();
        SecurityContextHolder.clearContext();
        assertThat(policy.isAttributeReadAllowed(routes, "State")).isFalse();
    }

    @Test
    void nothingIsDoneByALinkFromElsewhere() {
        assertThat(policy.isHttpMethodAllowed(HttpMethod.GET)).isFalse();
        assertThat(policy.isHttpMethodAllowed(HttpMethod.POST)).isTrue();
        assertThat(policy.isOriginAllowed("http://elsewhere.example", false)).isFalse();
        assertThat(policy.isTypeAllowed(RequestType.NOTIFICATION)).isFalse();
    }
}
