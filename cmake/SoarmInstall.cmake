# What `cmake --install` places. Everything is below the prefix: with /usr or /usr/local, systemd and
# udev look there by themselves. The sample configuration goes to share/soarm; whoever wants another
# than the defaults copies it to /etc/soarm/soarmd.toml.

include(GNUInstallDirs)

function(soarm_install)
  foreach(program soarmd soarm soarm-sim)
    if(TARGET ${program})
      install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    endif()
  endforeach()
  set(deploy "${PROJECT_SOURCE_DIR}/deploy")
  install(FILES "${deploy}/config/soarmd.toml" DESTINATION "${CMAKE_INSTALL_DATADIR}/soarm")
  install(FILES "${deploy}/udev/60-soarm.rules" DESTINATION lib/udev/rules.d)
  install(FILES "${deploy}/sysusers/soarm.conf" DESTINATION lib/sysusers.d)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/proto/soarm"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/soarm/proto" FILES_MATCHING PATTERN "*.proto")
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

  # The unit names the program's absolute path, which only the prefix at install time tells.
  install(CODE "
    file(READ \"${deploy}/systemd/soarmd.service\" unit)
    string(REPLACE /usr/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
    file(WRITE
      \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system/soarmd.service\" \"\${unit}\")")
endfunction()
