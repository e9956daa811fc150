// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title PrivToken
/// @notice PRIV: pays for purchases and rewards. Fixed supply, 18 decimals, no owner, no hooks, no fee on transfer.
/// Holders pay by signature alone (ERC-3009), so that they never need the chain's native coin.
/// @dev Permit and ERC-3009 share the EIP-712 domain {name: "PRIV", version: "1"}.
contract PrivToken is ERC20, ERC20Permit, ERC3009 {
    /// @param holder Receives the whole supply.
    /// @param supply In wei.
    constructor(address holder, uint256 supply) ERC20("PRIV", "PRIV") ERC20Permit("PRIV") {
        _mint(holder, supply);
    }
}
