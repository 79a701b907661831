package dev.caravan.routes.guard;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.AnnotatedElement;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.Expression;
import org.apache.camel.ExtendedCamelContext;
import org.apache.camel.impl.engine.DefaultClassResolver;
import org.apache.camel.impl.engine.DefaultFactoryFinderResolver;
import org.apache.camel.impl.engine.DefaultLanguageResolver;
import org.apache.camel.impl.engine.DefaultResourceLoader;
import org.apache.camel.language.bean.BeanLanguage;
import org.apache.camel.spi.ClassResolver;
import org.apache.camel.spi.FactoryFinder;
import org.apache.camel.spi.FactoryFinderResolver;
import org.apache.camel.spi.Language;
import org.apache.camel.spi.LanguageResolver;
import org.apache.camel.spi.PropertiesFunction;
import org.apache.camel.spi.Resource;
import org.apache.camel.spi.ResourceLoader;

/**
 * Enforces {@link AllowedClasses} in a Camel context, where Camel turns text into classes, languages and resources: it makes
 * no difference how a text is spelled, what its placeholders stand for, or whether it is made while a message is processed.
 * Camel still finds its own parts.
 */
public final class ClassGuard {
    private static final Set<String> LOCAL = Set.of("classpath", "file", "ref", "base64", "gzip", "mem", "source");

    private ClassGuard() {}

    /** To be called before the context has routes. */
    public static void install(CamelContext context, AllowedClasses allowed) {
        ExtendedCamelContext extension = context.getCamelContextExtension();
        extension.addContextPlugin(FactoryFinderResolver.class, new Parts(context.getClassResolver()));
        context.setClassResolver(new Classes(context, allowed));
        extension.addContextPlugin(LanguageResolver.class, new Languages(allowed));
        extension.addContextPlugin(ResourceLoader.class, new Resources(context));
        context.getPropertiesComponent().addPropertiesFunction(new NoBeans());
    }

    /** Whether routes may load resources of this scheme: then nothing is called, and nobody is connected to. */
    public static boolean isLocal(String scheme) {
        return LOCAL.contains(scheme);
    }

    /** Whether a language only computes: in no text of it can a class be named. */
    public static boolean isHarmless(String language) {
        return Languages.HARMLESS.contains(language);
    }

    public static String notLocal(String scheme) {
        return "loads a resource from " + scheme + ":, which routes may not";
    }

    /** What Camel finds through its own files in jars: components, languages, data formats. */
    private static final class Parts extends DefaultFactoryFinderResolver {
        private final ClassResolver all;

        Parts(ClassResolver all) {
            this.all = all;
        }

        @Override
        public FactoryFinder resolveFactoryFinder(ClassResolver asked, String path) {
            return super.resolveFactoryFinder(all, path);
        }

        @Override
        public FactoryFinder resolveBootstrapFactoryFinder(ClassResolver asked, String path) {
            return super.resolveBootstrapFactoryFinder(all, path);
        }
    }

    private static final class Classes extends DefaultClassResolver {
        private final AllowedClasses allowed;

        Classes(CamelContext context, AllowedClasses allowed) {
            super(context);
            this.allowed = allowed;
        }

        @Override
        protected Class<?> loadClass(String name, ClassLoader loader) {
            Class<?> type = super.loadClass(name, loader); // does not initialize it
            if (type != null && !allowed.allows(type)) {
                throw new IllegalArgumentException(AllowedClasses.reason(type.getName()));
            }
            return type;
        }
    }

    /** A language that finds classes in its own way is allowed by the name of its class. */
    private static final class Languages extends DefaultLanguageResolver {
        private static final Set<String> HARMLESS = Set.of(
                "constant",
                "exchangeProperty",
                "file",
                "header",
                "jq",
                "jsonpath",
                "ref",
                "simple",
                "tokenize",
                "variable",
                "xpath",
                "xtokenize");

        private final AllowedClasses allowed;

        Languages(AllowedClasses allowed) {
            this.allowed = allowed;
        }

        @Override
        public Language resolveLanguage(String name, CamelContext context) {
            if (name.equals("bean")) {
                return new Beans();
            }
            Language language = super.resolveLanguage(name, context);
            if (!HARMLESS.contains(name) && !allowed.allows(language.getClass())) {
                throw new IllegalArgumentException(
                        "uses the language " + name + ", which can name any class; caravan.routes.allowed-classes"
                                + " does not name " + language.getClass().getName());
            }
            return language;
        }
    }

    /** What every expression goes through that calls methods, those of {@code simple} too. */
    private static final class Beans extends BeanLanguage {
        /** Where the arguments stand, as {@link BeanLanguage} reads them. */
        private static final int BEAN = 1;

        private static final int METHOD = 2;

        @Override
        public Expression createExpression(String expression, Object[] properties) {
            String method = property(String.class, properties, METHOD, null);
            Object bean = properties == null || properties.length <= BEAN ? null : properties[BEAN];
            if (method != null && AllowedClasses.isReflection(method)
                    || expression != null && AllowedClasses.isReflection(expression)
                    || bean instanceof AnnotatedElement // classes and what they are made of
                    || bean instanceof ClassLoader
                    || bean instanceof MethodHandle) {
                throw new IllegalArgumentException(AllowedClasses.REFLECTS);
            }
            return super.createExpression(expression, properties);
        }
    }

    /** Texts that routes are made of come from the machine, and are not made by a call: a check connects to nobody. */
    private static final class Resources extends DefaultResourceLoader {
        Resources(CamelContext context) {
            super(context);
        }

        @Override
        public Resource resolveResource(String uri) {
            int colon = uri.indexOf(':');
            if (colon > 0 && !isLocal(uri.substring(0, colon))) {
                throw new IllegalArgumentException(notLocal(uri.substring(0, colon)));
            }
            return super.resolveResource(uri);
        }
    }

    /** Placeholders are looked up when a file is read, which must call nothing. */
    private static final class NoBeans implements PropertiesFunction {
        @Override
        public String getName() {
            return "bean";
        }

        @Override
        public String apply(String call) {
            throw new IllegalArgumentException("calls a bean in a placeholder, which routes may not");
        }
    }
}
