/** Every native call of Holdfast; the only module that needs native access. */
module dev.holdfast.platform {
  requires static org.jspecify;

  exports dev.holdfast.platform;
}
