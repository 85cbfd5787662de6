// What the signed-in account may call, from the policies that the methods declare. It only saves people doors that stay shut:
// the platform decides at every call.
import { getOption, type DescMethod } from '@bufbuild/protobuf'

import { session } from './api'
import { Access, policy } from './gen/shouwang/options/v1/options_pb'

export function may(method: DescMethod): boolean {
  const declared = getOption(method, policy)
  if (declared.access === Access.AUTHENTICATED || declared.access === Access.PUBLIC) return true
  return session.account?.roles.some((role) => declared.roles.includes(role)) ?? false
}
