// The core depends on libraries, the 9P library among them, and on nothing else of this project; its rooms don't form cycles with the tools.
package io.cohesix.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

final class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.cohesix.core");

  @Test
  void theCoreKnowsNoTool() {
    classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..", "org.jspecify..", "org.bouncycastle..", "org.tomlj..", "picocli..", "io.cohesix.secure9p..", "io.cohesix.core..")
        .check(CORE);
  }

  @Test
  void bouncyCastleStaysWithTickets() {
    noClasses().that().resideOutsideOfPackage("..ticket..").should().dependOnClassesThat().resideInAnyPackage("org.bouncycastle..")
        .check(CORE);
  }

  @Test
  void tomlStaysWithPolicies() {
    noClasses().that().resideOutsideOfPackage("..policy..").should().dependOnClassesThat().resideInAnyPackage("org.tomlj..")
        .check(CORE);
  }

  @Test
  void picocliStaysWithCommandLinesAndTheCoreNeedsNone() {
    noClasses().that().resideOutsideOfPackage("..cli..").should().dependOnClassesThat().resideInAnyPackage("picocli..", "..cli..")
        .check(CORE);
  }

  @Test
  void theWireKnowsNothingOfShellAndScripts() {
    noClasses()
          .that()
          .resideInAnyPackage("..console..", "..transport..", "..ticket..", "..policy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..shell..", "..script..")
        .check(CORE);
  }
}
