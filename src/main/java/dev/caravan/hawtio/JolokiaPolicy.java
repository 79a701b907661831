package dev.caravan.hawtio;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.jolokia.server.core.service.api.Restrictor;
import org.jolokia.server.core.util.HttpMethod;
import org.jolokia.server.core.util.RequestType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.stereotype.Component;

/**
 * What may be done over JMX. Operators read, and call what only tells; admins start and stop routes, trace and debug. Nobody
 * sends to endpoints of their choice, clears a store, dumps the heap or reads what has secrets in it: an allow-list for
 * Camel's and Caravan's own MBeans, a shorter one for the JVM's.
 *
 * <p>By POST alone: a GET could be a link on another site.
 */
@Component
class JolokiaPolicy implements Restrictor {
    private static final Logger AUDIT = LoggerFactory.getLogger("caravan.audit");

    private static final String CAMEL = "org.apache.camel";
    private static final String CARAVAN = "dev.caravan";

    /** The tracer and the debugger; their attributes switch them on and off, and bound what they keep. */
    private static final String TRACER = "tracer";

    /** Camel's MBeans on which something may be called: no component and no producer, where names mean other things. */
    private static final Set<String> CALLED =
            Set.of("context", "routes", "processors", "endpoints", "services", TRACER, "health");

    /** Operations of these that only tell. */
    private static final Pattern TELLING = Pattern.compile("(dump|browse|list|explain|validate|get|is)([A-Z].*)?"
            + "|.*(Names|Ids|JsonSchema|Statistics)|breakpoints|messageHistoryOnBreakpointAsXml|queueSize");

    /** Operations that change what runs, by the MBeans that have them. */
    private static final Map<String, Set<String>> CHANGING = Map.of(
            "routes",
            Set.of("start", "stop", "suspend", "resume", "restart", "reset"),
            "processors",
            Set.of("reset"),
            "context",
            Set.of("reset"),
            TRACER,
            Set.of(
                    "setEnabled",
                    "clear",
                    "resetTraceCounter",
                    "enableDebugger",
                    "disableDebugger",
                    "addBreakpoint",
                    "addConditionalBreakpoint",
                    "removeBreakpoint",
                    "removeAllBreakpoints",
                    "enableBreakpoint",
                    "disableBreakpoint",
                    "resumeBreakpoint",
                    "resumeAll",
                    "step",
                    "stepBreakpoint",
                    "stepOver",
                    "skipOver",
                    "attach",
                    "detach",
                    "resetDebugCounter"));

    private static final Set<String> JVM = Set.of("java.lang", "java.nio", "java.util.logging", "JMImplementation");

    @Override
    public boolean isHttpMethodAllowed(HttpMethod method) {
        return method == HttpMethod.POST;
    }

    @Override
    public boolean isTypeAllowed(RequestType type) {
        return switch (type) {
            case READ, WRITE, EXEC, LIST, SEARCH, VERSION -> true;
            default -> false;
        };
    }

    @Override
    public boolean isAttributeReadAllowed(ObjectName name, String attribute) {
        return isShown(name) && !(isRuntime(name) && isSecret(attribute));
    }

    /** The JVM's properties and arguments may have passwords in them. */
    private static boolean isSecret(String attribute) {
        return attribute == null // all of them
                || Set.of("SystemProperties", "InputArguments", "ClassPath", "BootClassPath", "LibraryPath")
                        .contains(attribute);
    }

    private static boolean isRuntime(ObjectName name) {
        return name.getDomain().equals("java.lang") && "Runtime".equals(name.getKeyProperty("type"));
    }

    @Override
    public boolean isAttributeWriteAllowed(ObjectName name, String attribute) {
        boolean allowed = isCamels(name) && type(name).equals(TRACER);
        return audited(allowed && isAdmin(), name, attribute + "=");
    }

    @Override
    public boolean isOperationAllowed(ObjectName name, String signature) {
        String operation = signature.replaceFirst("\\(.*", "");
        if (isCamels(name)
                        && CALLED.contains(type(name))
                        && TELLING.matcher(operation).matches()
                || type(name).equals("Threading") && operation.equals("dumpAllThreads")) {
            return true;
        }
        boolean allowed =
                isCamels(name) && CHANGING.getOrDefault(type(name), Set.of()).contains(operation)
                        || name.getDomain().equals(CARAVAN);
        return audited(allowed && isAdmin(), name, operation);
    }

    private static boolean isCamels(ObjectName name) {
        return name.getDomain().equals(CAMEL);
    }

    private static boolean audited(boolean allowed, ObjectName name, String what) {
        Authentication login = SecurityContextHolder.getContext().getAuthentication();
        AUDIT.atInfo()
                .addKeyValue("event", allowed ? "jmx" : "jmx refused")
                .addKeyValue("user", login == null ? "-" : login.getName())
                .log(
                        "{} {} {} {}",
                        allowed ? "jmx" : "jmx refused",
                        login == null ? "-" : login.getName(),
                        printable(name.getCanonicalName()),
                        printable(what));
        return allowed;
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private static String type(ObjectName name) {
        String type = name.getKeyProperty("type");
        return type == null ? "" : type;
    }

    private static boolean isAdmin() {
        Authentication login = SecurityContextHolder.getContext().getAuthentication();
        return login != null
                && login.getAuthorities().stream().anyMatch(role -> "ROLE_admin".equals(role.getAuthority()));
    }

    @Override
    public boolean isRemoteAccessAllowed(String... hostsOrAddresses) {
        return true; // who gets here has logged in
    }

    /** Nobody's page but ours: no CORS. The strict check would refuse our own, whose origin this cannot know. */
    @Override
    public boolean isOriginAllowed(String origin, boolean onlyWhenStrict) {
        return onlyWhenStrict;
    }

    @Override
    public boolean isObjectNameHidden(ObjectName name) {
        return !isShown(name);
    }

    /** Not: diagnostics (heap dumps), the broker's and the server's insides, where passwords are. */
    private static boolean isShown(ObjectName name) {
        String domain = name.getDomain();
        return domain.equals(CAMEL) || domain.equals(CARAVAN) || JVM.contains(domain) || domain.equals("jolokia");
    }
}
